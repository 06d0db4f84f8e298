import { TidemarkError } from "@/lib/kernel/errors";
import type { KeyStore } from "@/lib/keys/key-store";
import type { KeyStoreStatus } from "@/lib/keys/read-status";

/** How the key store stands: `off` where there is none, so that nothing is sealed; `down` with the reason when it does not answer. */
export type KeyStatus =
  | { readonly state: "off" }
  | { readonly state: "down"; readonly why: string }
  | ({ readonly state: "ready"; readonly sealing: boolean } & KeyStoreStatus);

/** Asks the key store how it stands; `seals` says whether new events are sealed. Throws `WrongKeyStore` for one of another store. */
export async function keyStatus(keys: KeyStore | null, seals: () => Promise<boolean>): Promise<KeyStatus> {
  if (keys === null) return { state: "off" };
  try {
    const [sealing, status] = await Promise.all([seals(), keys.status()]);
    return { state: "ready", sealing, ...status };
  } catch (error) {
    if (error instanceof TidemarkError && error.code === "unavailable") return { state: "down", why: error.message };
    throw error;
  }
}

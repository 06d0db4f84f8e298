import type pg from "pg";
import { asUnavailable } from "@/lib/db/unavailable";
import type { KeyStore } from "@/lib/keys/key-store";
import { type KekSource, openKeks } from "@/lib/keys/open-keks";
import { openKeyStore } from "@/lib/keys/open-key-store";
import { readStoreIdentity } from "@/lib/keys/store-identity";

/** Opens the key store of the store behind `pool`, which says what it must be. Connections open on first use. */
export function openKeys(
  { url, kek }: { readonly url: string; readonly kek: KekSource },
  applicationName: string,
  pool: pg.Pool,
): KeyStore {
  return openKeyStore({
    url,
    applicationName,
    kek: openKeks(kek),
    expected: () =>
      readStoreIdentity(pool).catch((error: unknown) => {
        throw asUnavailable(error);
      }),
  });
}

import { randomBytes } from "node:crypto";
import { KeyStoreDown } from "@/lib/keys/errors";
import { doesNotOpen, type KekDriver, kekIsMissing } from "@/lib/keys/kek";
import { type Handle, Pkcs11Error } from "@/lib/keys/pkcs11-module";
import type { TokenKeys } from "@/lib/keys/token-address";
import { openTokenSessions, type TokenSession } from "@/lib/keys/token-sessions";

const NONCE = 12;
const DEADLINE_MS = 8_000;

/**
 * Wraps with AES-256-GCM inside a token that is spoken to by PKCS#11; the keys do not leave it. Ids are the keys' addresses without
 * library and PIN, so a label must never be given to another key.
 */
export function openToken(keys: TokenKeys, { deadlineMs = DEADLINE_MS } = {}): KekDriver {
  const sessions = openTokenSessions(keys, deadlineMs);
  const labels = new Map(keys.objects.map((object) => [addressOf(keys.token, object), object]));
  const newest = [...labels].at(-1) as readonly [string, string];

  const down = (id: string, error: unknown) =>
    error instanceof Pkcs11Error ? new KeyStoreDown(`${id}: ${error.message}`, error) : error;

  return {
    given: async () => [...labels.keys()].map((id) => ({ id, keeper: "pkcs11" })),
    wrap: async (key, about) => {
      const [id, label] = newest;
      try {
        return { kek: id, bytes: await sessions.use((session, token) => seal(session, token, label, key, about)) };
      } catch (error) {
        throw down(id, error);
      }
    },
    unwrap: async ({ kek: id, bytes }, about) => {
      const label = labels.get(id);
      if (label === undefined) throw kekIsMissing(id);
      try {
        return await sessions.use((session, token) => open(session, token, label, bytes, about));
      } catch (error) {
        if (!(error instanceof Pkcs11Error)) throw error;
        await sessions
          .use((session, token) => tryOut(session, token, label))
          .catch(() => {
            throw down(id, error);
          });
        throw doesNotOpen(about, error);
      }
    },
    close: sessions.close,
  };
}

async function seal(session: Handle, { module, keyOf }: TokenSession, label: string, input: Buffer, words: string) {
  const key = await keyOf(label);
  const [nonce, about] = [randomBytes(NONCE), Buffer.from(words)];
  const sealed = await module.crypt(session, "Encrypt", { key, nonce, about, input });
  return Buffer.concat([nonce, sealed]);
}

async function open(session: Handle, { module, keyOf }: TokenSession, label: string, bytes: Buffer, words: string) {
  const key = await keyOf(label);
  const [nonce, about, input] = [bytes.subarray(0, NONCE), Buffer.from(words), bytes.subarray(NONCE)];
  return module.crypt(session, "Decrypt", { key, nonce: Buffer.from(nonce), about, input });
}

/**
 * Whether the token does its work. Tokens have no common word for a ciphertext that does not open (SoftHSM says general error), so
 * one that refuses it and then seals and opens something else means the ciphertext, and one that does neither is down.
 */
async function tryOut(session: Handle, token: TokenSession, label: string): Promise<void> {
  const sealed = await seal(session, token, label, Buffer.alloc(32), "a try");
  await open(session, token, label, sealed, "a try");
}

function addressOf(token: string, object: string): string {
  return `pkcs11:token=${encodeURIComponent(token)};object=${encodeURIComponent(object)}`;
}

import { createHash } from "node:crypto";
import fs from "node:fs";
import { TidemarkError } from "@/lib/kernel/errors";
import { KeyStoreDown } from "@/lib/keys/errors";
import { type Handle, loadPkcs11, Pkcs11Error, type Pkcs11Module } from "@/lib/keys/pkcs11-module";
import type { TokenKeys } from "@/lib/keys/token-address";

/** A session in which the user is logged in, and the keys that were found in it. */
export type TokenSession = { readonly module: Pkcs11Module; readonly keyOf: (label: string) => Promise<Handle> };

/** Sessions with one token. */
export type TokenSessions = {
  /**
   * Does `work` in a session of its own, in at most `deadlineMs` with what was waited for one. A token that was taken out and put
   * back is opened anew, once. Throws `KeyStoreDown` in words, and `Pkcs11Error` for what the token refuses.
   */
  readonly use: <Answer>(work: Work<Answer>) => Promise<Answer>;
  readonly close: () => Promise<void>;
};

type Work<Answer> = (session: Handle, token: TokenSession) => Promise<Answer>;

type Open = TokenSession & { readonly handle: Handle };

/** Tokens have few sessions for everybody, and rarely do more than this at once. */
const SESSIONS = 4;

/** What is said of a session, a login or a key that ended with the token's removal. */
const GONE = new Set([0x30, 0x32, 0x60, 0x82, 0xb0, 0xb3, 0xe0, 0x101, 0x190]);

const PIN_INCORRECT = 0xa0;

/** Opens none before the first use. */
export function openTokenSessions(keys: TokenKeys, deadlineMs: number): TokenSessions {
  const idle: Open[] = [];
  const waiting: (() => void)[] = [];
  const logIn = openLogin(keys);
  let open = 0;
  let closed = false;

  const take = async (): Promise<Open> => {
    for (;;) {
      const session = idle.pop();
      if (session) return session;
      if (open < SESSIONS) break;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    open += 1;
    try {
      return await logIn();
    } catch (error) {
      leave();
      throw error;
    }
  };
  /** One session fewer: whoever waits may open another. */
  const leave = () => {
    open -= 1;
    waiting.shift()?.();
  };
  const drop = async ({ module, handle }: Open) => {
    await module.closeSession(handle).catch(() => {});
    leave();
  };
  const give = (session: Open) => {
    if (closed) return drop(session);
    idle.push(session);
    waiting.shift()?.();
  };
  const work = async <Answer>(what: Work<Answer>, signal: AbortSignal): Promise<Answer> => {
    const session = await take();
    if (signal.aborted) {
      await give(session);
      throw signal.reason;
    }
    try {
      const answer = await what(session.handle, session);
      await give(session);
      return answer;
    } catch (error) {
      // What was begun in it may not be over.
      await drop(session);
      throw error;
    }
  };

  return {
    use: (what) =>
      within(deadlineMs, keys, async (signal) => {
        try {
          return await work(what, signal);
        } catch (error) {
          if (!(error instanceof Pkcs11Error) || !GONE.has(error.code)) throw error;
          // The other sessions ended in the same moment.
          await Promise.all(idle.splice(0).map(drop));
          return work(what, signal);
        }
      }),
    close: async () => {
      closed = true;
      await Promise.all(idle.splice(0).map(drop));
    },
  };
}

/** Makes sessions, one after the other. A PIN that was refused is not tried again: after a few wrong ones a token locks itself. */
function openLogin(keys: TokenKeys): () => Promise<Open> {
  let refused: string | undefined;
  let before: Promise<unknown> = Promise.resolve();
  const logIn = async (): Promise<Open> => {
    const module = await loadPkcs11(keys.module);
    const slot = await module.findSlot(keys.token);
    if (slot === undefined) throw new KeyStoreDown(`there is no token ${keys.token} in ${keys.module}`);
    const pin = readPin(keys.pinFile);
    const print = createHash("sha256").update(pin).digest("hex");
    if (print === refused) {
      throw new KeyStoreDown(
        `the token ${keys.token} refused the PIN of ${keys.pinFile}; correct it: it is not tried again`,
      );
    }
    const handle = await module.openSession(slot, pin).catch((error: unknown) => {
      if (error instanceof Pkcs11Error && error.code === PIN_INCORRECT) refused = print;
      throw error;
    });
    refused = undefined;
    const found = new Map<string, Handle>();
    const keyOf = async (label: string) => {
      const key = found.get(label) ?? (await findKey(module, handle, keys.token, label));
      found.set(label, key);
      return key;
    };
    return { module, handle, keyOf };
  };
  return () => {
    const next = before.then(logIn);
    before = next.catch(() => {});
    return next;
  };
}

async function findKey(module: Pkcs11Module, session: Handle, token: string, label: string): Promise<Handle> {
  const [key, another] = await module.findKeys(session, label);
  if (key === undefined) throw new KeyStoreDown(`the token ${token} has no AES key ${label}`);
  if (another === undefined) return key;
  throw new KeyStoreDown(`the token ${token} has several AES keys ${label}; give each a label of its own`);
}

function readPin(file: string): Buffer {
  try {
    const bytes = fs.readFileSync(file);
    const end = bytes.findLastIndex((byte) => byte !== 0x0a && byte !== 0x0d);
    return bytes.subarray(0, end + 1);
  } catch (error) {
    throw new KeyStoreDown(`the file of the token's PIN ${file} cannot be read`, error);
  }
}

/** A call cannot be taken back: it keeps its session until it ends, so that a token which hangs holds a few threads and no more. */
async function within<Answer>(
  deadlineMs: number,
  { token }: TokenKeys,
  work: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const signal = AbortSignal.timeout(deadlineMs);
  const late = new Promise<never>((_, reject) => {
    const words = `the token ${token} did not answer within ${deadlineMs / 1_000} s`;
    signal.addEventListener("abort", () => reject(new KeyStoreDown(words)), { once: true });
  });
  try {
    return await Promise.race([work(signal), late]);
  } catch (error) {
    if (error instanceof TidemarkError || error instanceof Pkcs11Error) throw error;
    throw new KeyStoreDown(`the token ${token}: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

import { KeyStoreDown } from "@/lib/keys/errors";

type Koffi = typeof import("koffi")["default"];
type Native = ReturnType<ReturnType<Koffi["load"]>["func"]>;

/** A handle or id that the library gave out. */
export type Handle = number | bigint;

/** What a function of the library returned instead of success; `code` is its number in the standard. */
export class Pkcs11Error extends Error {
  constructor(
    readonly call: string,
    readonly code: number,
  ) {
    super(`${call} returned ${NAMES[code] ?? `0x${code.toString(16)}`}`);
    this.name = "Pkcs11Error";
  }
}

/**
 * The few functions of PKCS#11 that are used here. Each runs on a thread of its own, so that a token that takes its time holds
 * nothing up but whoever asked. All throw `Pkcs11Error`.
 */
export type Pkcs11Module = {
  /** The slot of the token with this label; undefined when it is not there. */
  readonly findSlot: (token: string) => Promise<Handle | undefined>;
  /** A session in which the user is logged in; the PIN is zeroed. */
  readonly openSession: (slot: Handle, pin: Buffer) => Promise<Handle>;
  readonly closeSession: (session: Handle) => Promise<void>;
  /** Up to two AES keys with this label. */
  readonly findKeys: (session: Handle, label: string) => Promise<readonly Handle[]>;
  /** AES-GCM with a tag of 16 bytes at the end. A token that makes nonces by itself writes its own into `nonce`. */
  readonly crypt: (session: Handle, way: "Encrypt" | "Decrypt", gcm: Gcm) => Promise<Buffer>;
};

/** What is put through AES-GCM. */
type Gcm = {
  readonly key: Handle;
  readonly nonce: Buffer;
  readonly about: Buffer;
  readonly input: Buffer;
};

const [OK, ALREADY_INITIALIZED, ALREADY_LOGGED_IN] = [0, 0x191, 0x100];
const SECRET_KEY = 4;
const AES = 0x1f;
const AES_GCM = 0x1087;
const [CLASS, LABEL, KEY_TYPE] = [0, 3, 0x100];

const loaded = new Map<string, Promise<Pkcs11Module>>();

/** Loads a library once a process and for good: its sessions are the process's, whoever opened them. Throws `KeyStoreDown` in words. */
export function loadPkcs11(file: string): Promise<Pkcs11Module> {
  const loading = loaded.get(file) ?? load(file);
  loaded.set(file, loading);
  loading.catch(() => loaded.delete(file));
  return loading;
}

async function load(file: string): Promise<Pkcs11Module> {
  const koffi = await import("koffi").catch((error: unknown) => {
    throw new KeyStoreDown(
      "the package koffi, which calls PKCS#11 libraries, is not installed for this platform; run `npm install koffi`",
      error,
    );
  });
  try {
    return bind(koffi.default, file);
  } catch (error) {
    throw new KeyStoreDown(`the PKCS#11 library ${file} cannot be loaded: ${(error as Error).message}`, error);
  }
}

function bind(koffi: Koffi, file: string): Pkcs11Module {
  const types = structures(koffi);
  const library = koffi.load(file);
  const ulong = koffi.sizeof("ulong");
  const functions = {
    C_Initialize: library.func("C_Initialize", "ulong", [koffi.pointer(types.initializeArgs)]),
    C_GetSlotList: library.func("C_GetSlotList", "ulong", ["uchar", "void *", "void *"]),
    C_GetTokenInfo: library.func("C_GetTokenInfo", "ulong", ["ulong", "void *"]),
    C_OpenSession: library.func("C_OpenSession", "ulong", ["ulong", "ulong", "void *", "void *", "void *"]),
    C_CloseSession: library.func("C_CloseSession", "ulong", ["ulong"]),
    C_Login: library.func("C_Login", "ulong", ["ulong", "ulong", "void *", "ulong"]),
    C_FindObjectsInit: library.func("C_FindObjectsInit", "ulong", ["ulong", koffi.pointer(types.attribute), "ulong"]),
    C_FindObjects: library.func("C_FindObjects", "ulong", ["ulong", "void *", "ulong", "void *"]),
    C_FindObjectsFinal: library.func("C_FindObjectsFinal", "ulong", ["ulong"]),
    C_EncryptInit: library.func("C_EncryptInit", "ulong", ["ulong", koffi.pointer(types.mechanism), "ulong"]),
    C_Encrypt: library.func("C_Encrypt", "ulong", ["ulong", "void *", "ulong", "void *", "void *"]),
    C_DecryptInit: library.func("C_DecryptInit", "ulong", ["ulong", koffi.pointer(types.mechanism), "ulong"]),
    C_Decrypt: library.func("C_Decrypt", "ulong", ["ulong", "void *", "ulong", "void *", "void *"]),
  };
  const call = async (name: keyof typeof functions, args: readonly unknown[], fine: readonly number[] = []) => {
    const code = await inThread(functions[name], args);
    if (code !== OK && !fine.includes(code)) throw new Pkcs11Error(name, code);
  };
  const words = (count: number) => Buffer.alloc(count * ulong);
  const word = (bytes: Buffer, n = 0): Handle =>
    ulong === 8 ? bytes.readBigUInt64LE(n * ulong) : bytes.readUInt32LE(n * ulong);
  const asWord = (value: number) => {
    const bytes = words(1);
    bytes.writeUInt32LE(value);
    return bytes;
  };
  return {
    findSlot: async (token) => {
      await call("C_Initialize", [{ flags: 2 }], [ALREADY_INITIALIZED]);
      const count = words(1);
      await call("C_GetSlotList", [1, null, count]);
      const slots = words(Number(word(count)) + 8);
      count.writeUInt32LE(slots.length / ulong);
      await call("C_GetSlotList", [1, slots, count]);
      for (let n = 0; n < Number(word(count)); n++) {
        // The label comes first, 32 bytes with blanks at the end; the rest is longer on some platforms than on others.
        const info = Buffer.alloc(512);
        await call("C_GetTokenInfo", [word(slots, n), info]);
        if (info.toString("utf8", 0, 32).trimEnd() === token) return word(slots, n);
      }
      return undefined;
    },
    openSession: async (slot, pin) => {
      const session = words(1);
      await call("C_OpenSession", [slot, 4, null, null, session]);
      try {
        await call("C_Login", [word(session), 1, pin, pin.length], [ALREADY_LOGGED_IN]);
      } catch (error) {
        await call("C_CloseSession", [word(session)]).catch(() => {});
        throw error;
      } finally {
        pin.fill(0);
      }
      return word(session);
    },
    closeSession: (session) => call("C_CloseSession", [session]),
    findKeys: async (session, label) => {
      const [found, count] = [words(2), words(1)];
      const wanted = [
        [CLASS, asWord(SECRET_KEY)],
        [KEY_TYPE, asWord(AES)],
        [LABEL, Buffer.from(label)],
      ] as const;
      const attributes = wanted.map(([type, value]) => ({ type, pValue: value, ulValueLen: value.length }));
      await call("C_FindObjectsInit", [session, attributes, attributes.length]);
      try {
        await call("C_FindObjects", [session, found, 2, count]);
      } finally {
        await call("C_FindObjectsFinal", [session]);
      }
      return Array.from({ length: Number(word(count)) }, (_, n) => word(found, n));
    },
    crypt: async (session, way, { key, nonce, about, input }) => {
      const output = Buffer.alloc(input.length + 64);
      const length = asWord(output.length);
      const parameter = {
        ...{ pIv: nonce, ulIvLen: nonce.length, ulIvBits: nonce.length * 8 },
        ...{ pAAD: about, ulAADLen: about.length, ulTagBits: 128 },
      };
      const mechanism = { mechanism: AES_GCM, pParameter: parameter, ulParameterLen: koffi.sizeof(types.gcm) };
      await call(`C_${way}Init`, [session, mechanism, key]);
      await call(`C_${way}`, [session, input, input.length, output, length]);
      return output.subarray(0, Number(word(length)));
    },
  };
}

/** The structures of the standard, whose fields are packed on Windows and nowhere else. */
function structures(koffi: Koffi) {
  const struct = process.platform === "win32" ? koffi.pack : koffi.struct;
  const gcm = struct({
    ...{ pIv: "void *", ulIvLen: "ulong", ulIvBits: "ulong" },
    ...{ pAAD: "void *", ulAADLen: "ulong", ulTagBits: "ulong" },
  });
  return {
    gcm,
    mechanism: struct({ mechanism: "ulong", pParameter: koffi.pointer(gcm), ulParameterLen: "ulong" }),
    attribute: struct({ type: "ulong", pValue: "void *", ulValueLen: "ulong" }),
    initializeArgs: struct({
      ...{ CreateMutex: "void *", DestroyMutex: "void *", LockMutex: "void *", UnlockMutex: "void *" },
      ...{ flags: "ulong", pReserved: "void *" },
    }),
  };
}

/** The arguments are held until the call has ended: the library has their addresses. */
function inThread(native: Native, args: readonly unknown[]): Promise<number> {
  return new Promise((resolve, reject) => {
    native.async(...args, (error: unknown, code: number | bigint) => {
      if (error) reject(error);
      else resolve(Number(code));
      held.delete(args);
    });
    held.add(args);
  });
}

const held = new Set<readonly unknown[]>();

const NAMES: Readonly<Record<number, string>> = {
  5: "CKR_GENERAL_ERROR",
  6: "CKR_FUNCTION_FAILED",
  48: "CKR_DEVICE_ERROR",
  50: "CKR_DEVICE_REMOVED",
  64: "CKR_ENCRYPTED_DATA_INVALID",
  96: "CKR_KEY_HANDLE_INVALID",
  104: "CKR_KEY_FUNCTION_NOT_PERMITTED",
  112: "CKR_MECHANISM_INVALID",
  113: "CKR_MECHANISM_PARAM_INVALID",
  130: "CKR_OBJECT_HANDLE_INVALID",
  160: "CKR_PIN_INCORRECT",
  164: "CKR_PIN_LOCKED",
  176: "CKR_SESSION_CLOSED",
  179: "CKR_SESSION_HANDLE_INVALID",
  224: "CKR_TOKEN_NOT_PRESENT",
  257: "CKR_USER_NOT_LOGGED_IN",
  400: "CKR_CRYPTOKI_NOT_INITIALIZED",
};

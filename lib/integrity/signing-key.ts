import { createPrivateKey, createPublicKey, hash, randomBytes, sign } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { InvalidRequest } from "@/lib/kernel/errors";

/** An Ed25519 key that signs notes. `verifier` is its public half as `name+key id+base64`, to be handed out. */
export type SigningKey = {
  readonly name: string;
  readonly verifier: string;
  /** The note of a text that ends with a line feed, with our signature line. */
  readonly sign: (text: string) => string;
};

/** PKCS #8 of an Ed25519 key is this and its 32 bytes of seed. */
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");
const ED25519 = Buffer.of(1);

/**
 * Reads a private key in the form that Go's note package writes: `PRIVATE+KEY+name+key id+base64`. Throws `InvalidRequest`
 * without repeating the key.
 */
export function readSigningKey(text: string): SigningKey {
  const [, name = "", keyId, base = ""] =
    /^PRIVATE\+KEY\+([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/u.exec(text.trim()) ?? [];
  const bytes = Buffer.from(base, "base64");
  if (bytes.length === 33 && bytes[0] === 1) {
    const key = signingKey(name, bytes.subarray(1));
    if (key.verifier.startsWith(`${name}+${keyId}+`)) return key;
  }
  throw new InvalidRequest(
    "The signing key is not of the form PRIVATE+KEY+name+id+key for Ed25519. Give the whole line of the file that was made.",
  );
}

/** A new private key for logs of this name, in the form that `readSigningKey` takes. The name has no spaces and no plus. */
export function newSigningKey(name: string): string {
  const seed = randomBytes(32);
  const [, keyId] = signingKey(name, seed).verifier.slice(name.length).split("+");
  return `PRIVATE+KEY+${name}+${keyId}+${Buffer.concat([ED25519, seed]).toString("base64")}`;
}

/**
 * The key of a file, which is made at first use and is its owner's alone; `name` is for a new one. Processes that start at
 * once come to the same key: the file appears under its name whole, and once.
 */
export function signingKeyOf(file: string, name: string): SigningKey {
  if (!fs.existsSync(file)) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const draft = `${file}.${randomBytes(6).toString("hex")}`;
    try {
      fs.writeFileSync(draft, `${newSigningKey(name)}\n`, { mode: 0o600, flag: "wx", flush: true });
      fs.linkSync(draft, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    } finally {
      fs.rmSync(draft, { force: true });
    }
  }
  return readSigningKey(fs.readFileSync(file, "utf8"));
}

function signingKey(name: string, seed: Buffer): SigningKey {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: "der", type: "pkcs8" });
  const typed = Buffer.concat([ED25519, createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32)]);
  const id = hash("sha256", Buffer.concat([Buffer.from(`${name}\n`), typed]), "buffer").subarray(0, 4);
  return {
    name,
    verifier: `${name}+${id.toString("hex")}+${typed.toString("base64")}`,
    sign: (text) => {
      const signature = Buffer.concat([id, sign(null, Buffer.from(text), key)]).toString("base64");
      return `${text}\n\u2014 ${name} ${signature}\n`;
    },
  };
}

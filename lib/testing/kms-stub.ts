import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

/** How it behaves: `slow` never answers, `throttling` refuses two of three calls for being too many. */
type Mood = "well" | "slow" | "throttling" | { readonly refusing: string };

/** What AWS KMS does with Encrypt and Decrypt, on this machine. */
export type KmsStub = {
  readonly url: string;
  /** Calls as they came. */
  readonly calls: { readonly target: string; readonly key: string; readonly context: unknown }[];
  /** How many calls were under way at once, at most. */
  readonly most: () => number;
  readonly behave: (mood: Mood) => void;
  readonly close: () => Promise<void>;
};

type Call = {
  readonly KeyId: string;
  readonly Plaintext?: string;
  readonly CiphertextBlob?: string;
  readonly EncryptionContext?: Readonly<Record<string, string>>;
};

/** The name of a key of the account. */
export function kmsArn(id: string): string {
  return `arn:aws:kms:eu-central-1:111122223333:key/${id}`;
}

/** Starts one that knows the keys of these ARNs. It speaks KMS's JSON protocol and makes ciphertexts that open with key and context only. */
export async function startKmsStub(arns: readonly string[]): Promise<KmsStub> {
  const calls: KmsStub["calls"] = [];
  let mood: Mood = "well";
  let [now, most] = [0, 0];
  const server = http.createServer(async (request, response) => {
    now += 1;
    most = Math.max(most, now);
    response.on("close", () => {
      now -= 1;
    });
    const target = String(request.headers["x-amz-target"]);
    const call = (await json(request)) as Call;
    calls.push({ target, key: call.KeyId, context: call.EncryptionContext });
    if (mood === "slow") return;
    const refusal =
      typeof mood === "object"
        ? mood.refusing
        : mood === "throttling" && calls.length % 3
          ? "ThrottlingException"
          : null;
    // Long enough that calls which are made at once are seen to be.
    setTimeout(() => {
      const answer = refusal === null ? carryOut(target, call, arns) : { refused: refusal };
      const failed = "refused" in answer;
      response.writeHead(failed ? 400 : 200, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify(failed ? { __type: answer.refused, message: "as the test wants it" } : answer));
    }, 2);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    most: () => most,
    behave: (next) => {
      mood = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function carryOut(target: string, call: Call, arns: readonly string[]): Record<string, string> | { refused: string } {
  if (!arns.includes(call.KeyId)) return { refused: "NotFoundException" };
  if (target === "TrentService.Encrypt") return encrypt(call);
  if (target === "TrentService.Decrypt") return decrypt(call, arns);
  return { refused: "UnknownOperationException" };
}

/** A ciphertext names its key, as those of KMS do. */
function encrypt({ KeyId, Plaintext = "", EncryptionContext }: Call) {
  const [name, nonce] = [Buffer.from(KeyId), randomBytes(12)];
  const cipher = createCipheriv("aes-256-gcm", keyOf(KeyId), nonce).setAAD(words(EncryptionContext));
  const sealed = Buffer.concat([cipher.update(Plaintext, "base64"), cipher.final(), cipher.getAuthTag()]);
  const blob = Buffer.concat([Buffer.from([name.length]), name, nonce, sealed]);
  return { KeyId, CiphertextBlob: blob.toString("base64") };
}

function decrypt({ KeyId, CiphertextBlob = "", EncryptionContext }: Call, arns: readonly string[]) {
  const blob = Buffer.from(CiphertextBlob, "base64");
  const name = blob.subarray(1, 1 + (blob[0] ?? 0)).toString();
  if (!arns.includes(name)) return { refused: "InvalidCiphertextException" };
  if (name !== KeyId) return { refused: "IncorrectKeyException" };
  const rest = blob.subarray(1 + name.length);
  try {
    const decipher = createDecipheriv("aes-256-gcm", keyOf(KeyId), rest.subarray(0, 12), { authTagLength: 16 });
    decipher.setAAD(words(EncryptionContext)).setAuthTag(rest.subarray(-16));
    const opened = Buffer.concat([decipher.update(rest.subarray(12, -16)), decipher.final()]);
    return { KeyId, Plaintext: opened.toString("base64") };
  } catch {
    return { refused: "InvalidCiphertextException" };
  }
}

function keyOf(arn: string): Buffer {
  return createHash("sha256").update(arn).digest();
}

function words(context: Readonly<Record<string, string>> = {}): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context).sort()));
}

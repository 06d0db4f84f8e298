import { createHash } from "node:crypto";
import type { KMSClient } from "@aws-sdk/client-kms";
import { KeyStoreDown } from "@/lib/keys/errors";
import { doesNotOpen, type KekDriver, kekIsMissing } from "@/lib/keys/kek";

type Sdk = typeof import("@aws-sdk/client-kms");

const DEADLINE_MS = 8_000;

/** What KMS says of a ciphertext that was changed, belongs to another context, or to another key than the one that is named. */
const NOT_THIS = new Set(["InvalidCiphertextException", "IncorrectKeyException"]);

/**
 * Wraps by AWS KMS, under symmetric keys named by their ARNs, the newest last. Where KMS is and who asks is as AWS's own tools
 * find it (`AWS_ENDPOINT_URL_KMS`, credentials of the environment, the machine or the role); the region is that of the ARN. Each
 * call ends after `deadlineMs` at most, with what KMS has been tried three times for.
 */
export function openKms(arns: readonly string[], { deadlineMs = DEADLINE_MS } = {}): KekDriver {
  const clients = new Map<string, KMSClient>();
  // Only here, so that no start pays for a client that it does not use.
  let loading: Promise<Sdk> | undefined;
  const load = () => {
    loading ??= import("@aws-sdk/client-kms");
    return loading;
  };

  const ask = async <Answer>(
    arn: string,
    call: (sdk: Sdk, client: KMSClient, signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> => {
    const sdk = await load();
    const region = regionOf(arn);
    const client = clients.get(region) ?? connect(sdk, region, deadlineMs);
    clients.set(region, client);
    const signal = AbortSignal.timeout(deadlineMs);
    try {
      return await Promise.race([call(sdk, client, signal), whenAborted(signal)]);
    } catch (error) {
      if (error instanceof Error && NOT_THIS.has(error.name)) throw error;
      throw new KeyStoreDown(`AWS KMS, key ${arn}: ${inWords(error, signal, deadlineMs)}`, error);
    }
  };

  return {
    given: async () => arns.map((id) => ({ id, keeper: "aws-kms" })),
    wrap: async (key, about) => {
      const KeyId = arns.at(-1) ?? "";
      const { CiphertextBlob } = await ask(KeyId, (sdk, client, abortSignal) => {
        const input = { KeyId, Plaintext: key, EncryptionContext: contextOf(about) };
        return client.send(new sdk.EncryptCommand(input), { abortSignal });
      });
      if (!CiphertextBlob) throw new KeyStoreDown(`AWS KMS, key ${KeyId}: it answered without a ciphertext`);
      return { kek: KeyId, bytes: inPlace(CiphertextBlob) };
    },
    unwrap: async ({ kek: KeyId, bytes }, about) => {
      if (!arns.includes(KeyId)) throw kekIsMissing(KeyId);
      try {
        const { Plaintext } = await ask(KeyId, (sdk, client, abortSignal) => {
          const input = { KeyId, CiphertextBlob: bytes, EncryptionContext: contextOf(about) };
          return client.send(new sdk.DecryptCommand(input), { abortSignal });
        });
        if (!Plaintext) throw new KeyStoreDown(`AWS KMS, key ${KeyId}: it answered without a plaintext`);
        return inPlace(Plaintext);
      } catch (error) {
        if (error instanceof KeyStoreDown) throw error;
        throw doesNotOpen(about, error);
      }
    },
    close: async () => {
      for (const client of clients.values()) client.destroy();
      clients.clear();
    },
  };
}

function connect({ KMSClient }: Sdk, region: string, deadlineMs: number): KMSClient {
  return new KMSClient({
    ...{ region, maxAttempts: 3 },
    requestHandler: { connectionTimeout: 2_000, requestTimeout: deadlineMs / 2, throwOnRequestTimeout: true },
  });
}

function regionOf(arn: string): string {
  return arn.split(":")[3] ?? "";
}

/** KMS holds a ciphertext to this, and writes it to the account's audit log: a hash, so that nothing of anybody stands there. */
function contextOf(about: string): Record<string, string> {
  return { "tidemark:about": createHash("sha256").update(about).digest("base64") };
}

/** The same bytes, not a copy that nobody zeroes. */
function inPlace(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function inWords(error: unknown, signal: AbortSignal, deadlineMs: number): string {
  if (signal.aborted) return `no answer within ${deadlineMs / 1_000} s`;
  if (!(error instanceof Error)) return String(error);
  // Connections that were refused at several addresses have their words inside only.
  const said = error.message || (error instanceof AggregateError ? String(error.errors[0]) : "");
  return `${error.name}: ${said.slice(0, 300)}`;
}

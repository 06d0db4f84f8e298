import type { S3Client } from "@aws-sdk/client-s3";
import type { SignedCheckpoint, Witness } from "@/lib/integrity/witness";

type Sdk = typeof import("@aws-sdk/client-s3");

/** A place in object storage: a bucket, and what the names of its objects begin with, empty or ended by a slash. */
export type Bucket = {
  readonly bucket: string;
  readonly prefix: string;
  /** Days for which nobody, not even the account, may change or delete a note; null: as the bucket has it. */
  readonly keptDays: number | null;
  /** Whether the bucket stands in the address's path and not in its host's name, as most stores other than Amazon's want it. */
  readonly pathStyle: boolean;
};

/** Less than `tellWitnesses` gives a witness. */
const DEADLINE_MS = 20_000;
const DAY_MS = 86_400_000;

/**
 * A bucket that speaks Amazon's protocol: each note in an object that is named by its size and written only where there is none,
 * and the last one in `latest`. A note of the same size that says something else is never written over: it is told. Where the
 * store is and who asks is as AWS's own tools find it (`AWS_REGION`, `AWS_ENDPOINT_URL_S3`, credentials of the environment, the
 * machine or the role).
 */
export function bucketWitness(to: Bucket, { deadlineMs = DEADLINE_MS } = {}): Witness {
  // Only when the first note goes out, so that no start pays for a client that it does not use.
  let loading: Promise<{ sdk: Sdk; client: S3Client }> | undefined;
  const open = async () => {
    const sdk = await import("@aws-sdk/client-s3");
    return { sdk, client: connect(sdk, to.pathStyle) };
  };
  return {
    name: `bucket ${to.bucket}/${to.prefix}`,
    publish: async (checkpoint) => {
      const abortSignal = AbortSignal.timeout(deadlineMs);
      try {
        loading ??= open();
        const { sdk, client } = await loading;
        return await put(sdk, client, to, checkpoint, abortSignal);
      } catch (error) {
        if (abortSignal.aborted) return `no answer within ${deadlineMs / 1_000} s`;
        return inWords(error);
      }
    },
  };
}

function connect({ S3Client }: Sdk, forcePathStyle: boolean): S3Client {
  return new S3Client({
    ...{ maxAttempts: 2, forcePathStyle },
    requestHandler: { connectionTimeout: 3_000, requestTimeout: DEADLINE_MS / 2, throwOnRequestTimeout: true },
  });
}

async function put(
  sdk: Sdk,
  client: S3Client,
  { bucket: Bucket, prefix, keptDays }: Bucket,
  { size, note, signedAt }: SignedCheckpoint,
  abortSignal: AbortSignal,
): Promise<string | null> {
  const text = { Bucket, Body: note, ContentType: "text/plain; charset=utf-8" };
  const Key = `${prefix}${size}`;
  const kept =
    keptDays === null
      ? {}
      : ({ ObjectLockMode: "COMPLIANCE", ObjectLockRetainUntilDate: after(signedAt, keptDays) } as const);
  try {
    await client.send(new sdk.PutObjectCommand({ ...text, Key, ...kept, IfNoneMatch: "*" }), { abortSignal });
  } catch (error) {
    if (!(error instanceof Error && error.name === "PreconditionFailed")) throw error;
    const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket, Key }), { abortSignal });
    if ((await Body?.transformToString()) !== note) {
      return `${Key} holds another note of the same size: two stores publish there, or history was forked. Compare the two`;
    }
  }
  await client.send(new sdk.PutObjectCommand({ ...text, Key: `${prefix}latest` }), { abortSignal });
  return null;
}

function after(time: string, days: number): Date {
  return new Date(Date.parse(time) + days * DAY_MS);
}

function inWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Connections that were refused at several addresses have their words inside only.
  const said = error.message || (error instanceof AggregateError ? String(error.errors[0]) : "");
  return `${error.name}: ${said.slice(0, 300)}`;
}

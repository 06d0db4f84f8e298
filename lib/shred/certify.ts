import { findSigner, type Signer } from "@/lib/integrity/find-signer";
import { TidemarkError, Unavailable } from "@/lib/kernel/errors";
import { failpoint } from "@/lib/kernel/failpoint";
import { certificateText, type ShredCertificate } from "@/lib/kernel/shred-certificate";
import { tombstoneStream } from "@/lib/kernel/tombstone";
import type { KeyStore } from "@/lib/keys/key-store";
import { readStoreIdentity } from "@/lib/keys/store-identity";
import { outsideOf } from "@/lib/shred/outside";
import { type Approved, readNote, type ShredContext, type ShredRunParts } from "@/lib/shred/shred-context";
import type { ShredSeen } from "@/lib/shred/verify-shred";

/** What is waited for a checkpoint that covers the tombstone, in looks of `LOOK_MS`. */
const LOOKS_MAX = 60;
const LOOK_MS = 250;
const DAY_MS = 86_400_000;

/** The key of the log, where this process has it. Throws `Unavailable` where it has another: then another worker has a try. */
export async function signerOf({ pool, signingKey }: ShredRunParts, { id }: ShredContext): Promise<Signer> {
  try {
    return await findSigner(pool, signingKey, `run ${id}`);
  } catch (error) {
    if (error instanceof TidemarkError && error.code === "conflict") throw new Unavailable(error.message, error);
    throw error;
  }
}

/**
 * Waits a while for a checkpoint that covers the tombstone, and ends the request with a signed certificate, once.
 */
export async function certify(
  parts: ShredRunParts,
  keys: KeyStore,
  { request, seen }: { readonly request: Approved; readonly seen: ShredSeen },
  context: ShredContext,
): Promise<unknown> {
  const { pool } = parts;
  const signer = await signerOf(parts, context);
  const tombstone = BigInt(request.tombstone ?? 0);
  const checkpointAfter = await noteFrom(parts, tombstone, context);
  const { store, keyStore } = await readStoreIdentity(pool);
  const destroyed = await keys.personKeys(request.subject);
  const facts = { build: parts.build, store, keyStore: keyStore ?? "", destroyed, tombstone, checkpointAfter };
  const certificate = certificateOf(request, seen, facts, context);
  const signed = sign(signer, certificate);
  failpoint("shred.after-sign");
  await context.step(async (client) => {
    await client.query(
      `update shred_requests set state = 'completed', certificate = $2, reference = null, ended_at = clock_timestamp()
        where id = $1 and state = 'shredding'`,
      [request.id, signed],
    );
    return context.checkpoint ?? { before: null, cleansed: null };
  });
  const left = seen.places.reduce((sum, place) => sum + (place.left ?? 0), 0);
  return { outcome: "completed", events: seen.events.count, keys: certificate.keys.length, left };
}

async function noteFrom({ pool }: ShredRunParts, tombstone: bigint, context: ShredContext): Promise<string | null> {
  for (let look = 0; look < LOOKS_MAX; look++) {
    const note = await readNote(pool, tombstone);
    if (note !== null) return note;
    await context.wait(LOOK_MS);
  }
  return null;
}

function sign({ key, as }: Signer, certificate: ShredCertificate): string {
  return key.sign(certificateText(as.origin, certificate));
}

type Facts = {
  readonly build: string;
  readonly store: string;
  readonly keyStore: string;
  readonly destroyed: Awaited<ReturnType<KeyStore["personKeys"]>>;
  readonly tombstone: bigint;
  readonly checkpointAfter: string | null;
};

function certificateOf(
  request: Approved,
  { events, places }: ShredSeen,
  { build, store, keyStore, destroyed, tombstone, checkpointAfter }: Facts,
  { checkpoint }: ShredContext,
): ShredCertificate {
  const { id, tenant, subject, requestedBy, requestedAt, reason, ticket, previewHash, preview } = request;
  const { legalBasis, coolingMinutes } = request;
  const ids = new Set(preview.keys.map((key) => key.id));
  const destroyedAt = request.destroyedAt ?? "";
  return {
    ...{
      version: 1,
      build,
      request: id,
      store,
      keyStore,
      tenant,
      subject,
      requestedBy,
      requestedAt,
      reason,
      legalBasis,
      ticket,
      coolingMinutes,
      previewHash,
    },
    ...{ approvedBy: request.approvedBy ?? "", approvedAt: request.approvedAt ?? "", destroyedAt },
    keys: destroyed
      .filter((key) => ids.has(key.id))
      .map((key) => ({ id: key.id, epoch: key.epoch, destroyedAt: key.destroyedAt ?? "" })),
    finalOn: new Date(Date.parse(destroyedAt) + request.keyBackupDays * DAY_MS).toISOString(),
    ...{ events, places },
    tombstone: { stream: tombstoneStream(id), position: String(tombstone) },
    ...{ checkpointBefore: checkpoint?.before ?? null, checkpointAfter },
    outside: [...(checkpoint?.cleansed?.left ?? []), ...outsideOf(preview.exports)],
  };
}

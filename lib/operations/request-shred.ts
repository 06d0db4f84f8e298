import type pg from "pg";
import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import { sqlState } from "@/lib/db/unavailable";
import { InvalidRequest, NotFound, TidemarkError } from "@/lib/kernel/errors";
import { newId } from "@/lib/kernel/ids";
import type { KeyStore } from "@/lib/keys/key-store";
import { noKeyStore } from "@/lib/keys/rotate-keys";
import { requiredReason } from "@/lib/operations/attribution";
import { committed, type OperationContext, operation } from "@/lib/operations/operation";
import { createRun } from "@/lib/runs/create-run";
import { runKind } from "@/lib/runs/run";
import { COOLING_MINUTES_MAX, readCoolingOff } from "@/lib/shred/cooling-off";
import { readRequest } from "@/lib/shred/shred-request";

/** What the database answers a request that waits less than the store asks for. */
const TOO_SHORT = "TM003";

const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\0\p{Cs}]*$/u, "must not contain NUL or broken Unicode");

/** A person: their identifier as it stands in events, and the tenant they belong to. */
export const personFields = {
  subject: z
    .string()
    .min(1)
    .max(512)
    .describe("The person's id as it stands in events; it is stored sealed, and only until the request ends"),
  tenant: text(200).optional().describe("The tenant whose person it is"),
  digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "must be a digest: 64 hex digits")
    .optional()
    .describe("The digest that stands for the person: beside an id it must be theirs"),
};

/** The same for acts that need no identifier: one of the two says who it is. */
export const personOrDigestFields = { ...personFields, subject: personFields.subject.optional() };

/** What a request takes beside the person. */
export const shredFields = {
  ...personFields,
  dueDays: z.number().int().min(1).max(365).default(30).describe("Days until it is due"),
  keyBackupDays: z
    .number()
    .int()
    .min(0)
    .max(3_650)
    .default(7)
    .describe("For how many days backups of the key database are kept: the certificate says when the last one is gone"),
  legalBasis: text(200)
    .optional()
    .describe("The law by which it is asked for, such as `Art. 17 (1)(b) GDPR`; it stands in the certificate"),
  coolingMinutes: z
    .number()
    .int()
    .min(0)
    .max(COOLING_MINUTES_MAX)
    .optional()
    .describe(
      "For how many minutes after its approval it can be withdrawn before anything is destroyed: as many as the store asks for when absent, and not fewer",
    ),
};

/**
 * Asks that a person be forgotten, and begins the run that finds what that would touch. Nothing is erased before somebody has
 * approved just that. Throws `not-found` for a person for whom nothing was sealed, `conflict` for one who is forgotten or asked for already.
 */
export const requestShred = operation({
  name: "request-shred",
  role: "privacy-officer",
  input: z.strictObject({ ...shredFields, reason: requiredReason }),
  audited: true,
  // Who it is about is in no audit entry: that would outlive the person's key.
  target: () => null,
  act: async ({ pool, principal, runKinds, keys }, input, audit) => {
    if (!keys) throw noKeyStore();
    const id = newId();
    const { digest, reference } = await identify(keys, id, input);
    return inTransaction(pool, async (client) => {
      const asked = { ...input, id, digest, reference, by: principal.id };
      await asTheStoreAsks(client, input.coolingMinutes, (coolingMinutes) =>
        insert(client, { ...asked, coolingMinutes }),
      );
      const run = await createRun(client, runKind(runKinds, "preview-shred"), {
        ...{ subject: id, claim: `preview-shred:${id}`, input: { request: id } },
        ...{ requestedBy: principal.id, reason: input.reason, ticket: input.ticket },
      });
      await client.query("update shred_requests set run = $2 where id = $1", [id, run]);
      const summary = `Asked that a person be forgotten (request ${id}, due in ${input.dueDays} days)`;
      await audit(client, {
        type: "ShredRequested",
        summary,
        facts: { request: id, subject: digest, run: String(run), legalBasis: input.legalBasis ?? null },
      });
      return id;
    });
  },
  observe: async ({ pool }, _, id) =>
    committed("what it would touch is found by a run, and is watched there", { request: await readRequest(pool, id) }),
});

/** Somebody may raise the least time while a request is made; who does it again and again is no administrator. */
const TRIES_MAX = 3;

/**
 * Makes a request with the cooling-off time that it asks for, or the store's. The database holds it against what the store asks for
 * in that moment: where this was raised since it was read, one that asked for nothing gets the new time, and one that asks for less
 * is refused with it. Throws `InvalidRequest`.
 */
async function asTheStoreAsks(
  client: pg.PoolClient,
  asked: number | undefined,
  insertWith: (minutes: number) => Promise<void>,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    const minutes = await coolingOf(client, asked);
    await client.query("savepoint ask_shred");
    try {
      return await insertWith(minutes);
    } catch (error) {
      if (sqlState(error) !== TOO_SHORT) throw error;
      if (tries === TRIES_MAX) {
        const message = "The least cooling-off time of this store is being raised in this moment. Ask again.";
        throw new TidemarkError("conflict", message, {}, { cause: error });
      }
      await client.query("rollback to savepoint ask_shred");
    }
  }
}

/** The cooling-off time of a request that asks for so many minutes. Throws `InvalidRequest` for fewer than the store asks for. */
async function coolingOf(client: pg.PoolClient, asked: number | undefined): Promise<number> {
  const { minutes } = await readCoolingOff(client);
  if (asked === undefined || asked >= minutes) return asked ?? minutes;
  const message = `must be at least ${minutes}, as this store asks for; a request may ask for more`;
  throw new InvalidRequest(`coolingMinutes ${message}.`, [{ path: "coolingMinutes", message }]);
}

/** Who an operation is about: by identifier, by digest, or by both, which then must belong together. */
type SomePerson = {
  readonly subject?: string | undefined;
  readonly tenant?: string | null | undefined;
  readonly digest?: string | undefined;
};

/**
 * The key store of an operation that is about a person, and the digest that stands for them. Throws `InvalidRequest` when nobody is
 * named, `conflict` for an identifier of somebody else than the digest's.
 */
export async function digestOf(
  { keys }: Pick<OperationContext, "keys">,
  { subject, tenant, digest }: SomePerson,
): Promise<{ readonly keys: KeyStore; readonly digest: string }> {
  if (!keys) throw noKeyStore();
  if (subject === undefined) {
    if (digest !== undefined) return { keys, digest };
    const message = "say who it is: an id, or the digest that stands for it";
    throw new InvalidRequest(`subject: ${message}`, [{ path: "subject", message }]);
  }
  const found = await keys.digest(tenant ?? null, subject);
  if (digest === undefined || digest === found) return { keys, digest: found };
  const message = "This id is somebody else's than the one it is about. Check how it is written, and the tenant.";
  throw new TidemarkError("conflict", message, { subject: digest });
}

type Person = { readonly subject: string; readonly tenant?: string | undefined; readonly digest?: string | undefined };

async function identify(store: KeyStore, id: string, person: Person) {
  const { keys, digest } = await digestOf({ keys: store }, person);
  const known = await keys.personKeys(digest);
  if (known.length === 0) throw new NotFound("sealed value of the person with the digest", digest);
  if (known.every(({ state }) => state === "destroyed")) {
    const message = "This person is forgotten already: all of their keys are destroyed.";
    throw new TidemarkError("conflict", message, { subject: digest });
  }
  return { digest, reference: await keys.sealReference(person.subject, id) };
}

type Asked = {
  readonly id: string;
  readonly digest: string;
  readonly reference: Buffer;
  readonly by: string;
  readonly tenant?: string | undefined;
  readonly dueDays: number;
  readonly keyBackupDays: number;
  readonly legalBasis?: string | undefined;
  readonly coolingMinutes: number;
  readonly reason: string;
  readonly ticket?: string | undefined;
};

async function insert(client: pg.PoolClient, asked: Asked): Promise<void> {
  const { id, digest, reference, by, tenant, dueDays, keyBackupDays, reason, ticket } = asked;
  const { rowCount } = await client.query(
    `insert into shred_requests (id, tenant, subject, reference, requested_by, due_at, reason, ticket, key_backup_days,
                                 legal_basis, cooling_minutes)
       values ($1, $2, $3, $4, $5, clock_timestamp() + $6 * interval '1 day', $7, $8, $9, $10, $11) on conflict do nothing`,
    [
      ...[id, tenant ?? null, digest, reference, by, dueDays, reason, ticket ?? null, keyBackupDays],
      ...[asked.legalBasis ?? null, asked.coolingMinutes],
    ],
  );
  if (rowCount === 1) return;
  const { rows } = await client.query<{ id: string }>(
    "select id from shred_requests where subject = $1 and ended_at is null",
    [digest],
  );
  const message = `Request ${rows[0]?.id} asks for this person already. Approve it, or refuse it first.`;
  throw new TidemarkError("conflict", message, { request: rows[0]?.id ?? null });
}

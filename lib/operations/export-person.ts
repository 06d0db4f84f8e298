import type pg from "pg";
import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import { NotFound, TidemarkError } from "@/lib/kernel/errors";
import type { PersonKey } from "@/lib/keys/destroy-keys";
import { requiredReason } from "@/lib/operations/attribution";
import { committed, operation } from "@/lib/operations/operation";
import { digestOf, personOrDigestFields } from "@/lib/operations/request-shred";
import { readHighWater } from "@/lib/queries/list-events";
import { readRun } from "@/lib/queries/list-runs";
import { createRun } from "@/lib/runs/create-run";
import { runKind } from "@/lib/runs/run";
import { lockPerson } from "@/lib/shred/legal-hold";

/**
 * Begins a run that writes what is held about a person, as of now, into a file that is opened for them alone. Throws `not-found` for
 * somebody nothing was sealed for, `conflict` for one who is forgotten or being forgotten. One at a time for each person.
 */
export const exportPerson = operation({
  name: "export-person",
  role: "privacy-officer",
  input: z.strictObject({ ...personOrDigestFields, reason: requiredReason }),
  audited: true,
  // Who it is about is in no audit entry but by digest.
  target: () => null,
  act: async (context, input, audit) => {
    const { keys, digest } = await digestOf(context, input);
    const upTo = String(await readHighWater(context));
    return inTransaction(context.pool, async (client) => {
      // A shred takes the same lock before it begins: it either finds this file, or this is refused.
      await lockPerson(client, digest);
      await refuseWhileForgotten(client, digest);
      const tenant = tenantOf(await keys.personKeys(digest), digest);
      const id = await createRun(client, runKind(context.runKinds, "export-person"), {
        ...{ claim: `export-person:${digest}`, input: { subject: digest, tenant, upTo } },
        ...{ requestedBy: context.principal.id, reason: input.reason, ticket: input.ticket },
      });
      await client.query(
        "insert into exports (run, format, file, masked, up_to, subject) values ($1, 'jsonl', $2, false, $3, $4)",
        [id, `export-${id}.jsonl`, upTo, digest],
      );
      await audit(client, {
        type: "PersonExportBegun",
        summary: `Began to export what is held about a person (run ${id})`,
        facts: { run: String(id), subject: digest, upTo },
      });
      return String(id);
    });
  },
  observe: async (context, _, id) =>
    committed("what was asked for is a run, and is watched there", { run: await readRun(context, id) }),
});

async function refuseWhileForgotten(client: pg.PoolClient, digest: string): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    "select id from shred_requests where subject = $1 and state = 'shredding'",
    [digest],
  );
  if (!rows[0]) return;
  const message = `This person is being forgotten (request ${rows[0].id}): nothing of theirs is handed out any more.`;
  throw new TidemarkError("conflict", message, { request: rows[0].id });
}

function tenantOf(keys: readonly PersonKey[], digest: string): string | null {
  const latest = keys.at(-1);
  if (!latest) throw new NotFound("sealed value of the person with the digest", digest);
  if (latest.state === "live") return latest.tenant;
  throw new TidemarkError("conflict", "This person is forgotten: nothing of theirs can be read any more.", {
    subject: digest,
  });
}

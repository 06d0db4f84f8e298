import type pg from "pg";
import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import { TidemarkError } from "@/lib/kernel/errors";
import { requiredReason } from "@/lib/operations/attribution";
import { committed, type OperationContext, operation } from "@/lib/operations/operation";
import { digestOf, personFields } from "@/lib/operations/request-shred";
import type { RunKind, RunState } from "@/lib/runs/run";
import { cancelRun } from "@/lib/runs/steer-run";
import { beginShred } from "@/lib/shred/begin-shred";
import { lockPerson, refuseHeld } from "@/lib/shred/legal-hold";
import { closeRequest, notNow, readRequest, type ShredRequest } from "@/lib/shred/shred-request";

const request = z.uuid();

/** The hash of the preview that whoever approves has seen. */
const previewField = z.string().regex(/^[0-9a-f]{64}$/, "must be the hash of a preview: 64 hex digits");

/** What an approval takes beside the request. */
export const approvalFields = {
  preview: previewField,
  reason: requiredReason.optional(),
  subject: personFields.subject
    .optional()
    .describe("The person's id, given by whoever approves: it is checked that the request is about that person"),
};

/**
 * Approves what a request would erase, as its preview says, and begins the run that does it: for good. Where the request asks for
 * time to think, workers begin it when that is over, and it can be withdrawn meanwhile. Where the store asks for two persons, the
 * one who asked cannot. One that was interrupted after its keys were destroyed is begun again. One at a time.
 */
export const approveShred = operation({
  name: "approve-shred",
  role: "privacy-officer",
  input: z.strictObject({ ...approvalFields, request }),
  audited: true,
  target: (input) => input.request,
  act: async (context, input, audit) => {
    const { subject: whose, tenant } = await readRequest(context.pool, input.request);
    // Typed anew by somebody else, so that a slip of the one who asked does not forget another person.
    if (input.subject !== undefined) await digestOf(context, { subject: input.subject, tenant, digest: whose });
    const by = { requestedBy: context.principal.id, reason: input.reason, ticket: input.ticket };
    return inTransaction(context.pool, async (client) => {
      const found = await readRequest(client, input.request, "lock");
      if (found.state === "shredding") await refuseWhileRunning(client, found);
      else await approve(client, context, found, input.preview);
      const { id, subject } = found;
      const waits = found.state === "requested" && found.coolingMinutes > 0;
      const run = waits ? null : await beginShred(client, context.runKinds, found, by);
      const summary = `Approved that a person be forgotten (request ${id}, ${waits ? `in ${found.coolingMinutes} minutes` : `run ${run}`})`;
      const facts = { request: id, subject, run: run === null ? null : String(run), previewHash: input.preview };
      await audit(client, { type: "ShredApproved", summary, facts });
      return id;
    });
  },
  observe: async ({ pool }, _, id) =>
    committed("what was approved is a run, and is watched there", { request: await readRequest(pool, id) }),
});

/**
 * Refuses a request, or withdraws one that was approved while nothing was destroyed: nothing is erased, and whom it was about is not
 * kept. A run that has begun, or has met a legal hold, is cancelled with it. Throws `conflict` from the moment in which keys begin to
 * be destroyed: who comes first, the withdrawal or that, is told by the lock on the request.
 */
export const refuseShred = operation({
  name: "refuse-shred",
  role: "privacy-officer",
  input: z.strictObject({ request, reason: requiredReason }),
  audited: true,
  target: (input) => input.request,
  act: ({ pool, principal, runKinds }, input, audit) =>
    inTransaction(pool, async (client) => {
      const found = await readRequest(client, input.request, "lock");
      const approvedBefore = found.state === "approved";
      if (found.state === "shredding") throw tooLate(found);
      if (found.state !== "requested" && !approvedBefore) throw notNow(found, "refused or withdrawn");
      await closeRequest(client, found.id, { state: "refused", by: principal.id, reason: input.reason });
      const run = approvedBefore ? await endRun(client, runKinds, found, principal.id) : null;
      const what = approvedBefore ? "Withdrew the approval" : "Refused";
      const summary = `${what} that a person be forgotten (request ${found.id}${run === null ? "" : `, run ${run} ends`})`;
      await audit(client, { type: "ShredRefused", summary, facts: { request: found.id, subject: found.subject, run } });
      return found.id;
    }),
  observe: async ({ pool }, _, id) =>
    committed("a request is a row, and no run destroys for one that is refused", {
      request: await readRequest(pool, id),
    }),
});

function tooLate({ id, state }: ShredRequest): TidemarkError {
  const message = `Shred request ${id} cannot be withdrawn any more: its keys are being destroyed, or are. There is only forward.`;
  return new TidemarkError("conflict", message, { request: id, state });
}

/** Cancels the run of a withdrawn request where it has not ended by itself. Returns its id; null where there was nothing to cancel. */
async function endRun(
  client: pg.PoolClient,
  kinds: readonly RunKind[],
  { id, run }: ShredRequest,
  by: string,
): Promise<string | null> {
  const { rows } = await client.query<{ state: RunState }>("select state from runs where id = $1", [run]);
  const state = rows[0]?.state;
  if (run === null || state === undefined || state === "succeeded" || state === "cancelled") return null;
  await cancelRun(client, kinds, BigInt(run), `${by}, who withdrew request ${id}`);
  return run;
}

/** Whether the one who asked may not approve: where the installation says so, else in stores that ask for care. */
function asksForTwo({ twoPersons, safety }: Pick<OperationContext, "twoPersons" | "safety">): boolean {
  return twoPersons ?? safety !== "open";
}

async function approve(
  client: pg.PoolClient,
  context: OperationContext,
  found: ShredRequest,
  seen: string,
): Promise<void> {
  const { principal } = context;
  const { id, preview, previewHash, subject, requestedBy } = found;
  if (found.state !== "requested") throw notNow(found, "approved");
  if (asksForTwo(context) && requestedBy === principal.id) {
    const message = `${principal.id} asked for this and cannot approve it. Somebody else with the role privacy-officer does.`;
    throw new TidemarkError("forbidden", message, { request: id, requestedBy });
  }
  if (preview === null) {
    throw new TidemarkError("conflict", `What request ${id} would touch is still looked for (run ${found.run}).`, {
      ...{ request: id, run: found.run },
    });
  }
  if (seen !== previewHash) {
    const message = "What was seen is not what this request would erase now. Look at its preview, and send that hash.";
    throw new TidemarkError("preview-changed", message, { preview, hash: previewHash });
  }
  const blocked = preview.readModels.filter(({ fate }) => fate === "blocked").map(({ name }) => name);
  if (blocked.length > 0) {
    const message = `Data of this person stands in ${blocked.join(", ")}, which every append writes, so nothing can be built beside it. Take the personal columns out of it, or make it asynchronous; then request again.`;
    throw new TidemarkError("conflict", message, { request: id, readModels: blocked });
  }
  await lockPerson(client, subject);
  await refuseHeld(client, subject);
  await client.query(
    `update shred_requests set state = 'approved', run = null, approved_by = $2, approved_at = approved.at,
            begins_at = approved.at + cooling_minutes * interval '1 minute'
       from (select clock_timestamp() as at) approved where id = $1`,
    [id, principal.id],
  );
}

async function refuseWhileRunning(client: pg.PoolClient, found: ShredRequest): Promise<void> {
  const { rows } = await client.query<{ state: string }>("select state from runs where id = $1", [found.run]);
  const state = rows[0]?.state;
  if (state === undefined || state === "cancelled") return;
  const next = state === "failed" ? "Resume it." : "Wait for it.";
  throw new TidemarkError("conflict", `Run ${found.run} is at this request (${state}). ${next}`, { run: found.run });
}

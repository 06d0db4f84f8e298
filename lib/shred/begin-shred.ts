import type pg from "pg";
import { inTransaction } from "@/lib/db/in-transaction";
import { pollLoop } from "@/lib/db/poll-loop";
import { TidemarkError } from "@/lib/kernel/errors";
import { failpoint } from "@/lib/kernel/failpoint";
import { createRun, type NewRun } from "@/lib/runs/create-run";
import { type RunKind, runKind } from "@/lib/runs/run";
import { REQUEST_COLUMNS, type RequestRow, type ShredRequest, toRequest } from "@/lib/shred/shred-request";
import type { Logger } from "@/lib/telemetry/logger";

/** How soon after its cooling-off time a request is begun, in milliseconds, and how soon again where it could not be. */
const LOOK_MS = 1_000;

/** Who approved it and why, as the run keeps it. */
type Approval = Pick<NewRun, "requestedBy" | "reason" | "ticket">;

/**
 * Begins the run that does what was approved, in the caller's transaction, and names it in the request. Resolves with its id.
 * Throws `conflict` while another shred is at work: one at a time.
 */
export async function beginShred(
  client: pg.PoolClient,
  kinds: readonly RunKind[],
  { id }: ShredRequest,
  approval: Approval,
): Promise<bigint> {
  const run = await createRun(client, runKind(kinds, "shred"), {
    ...{ subject: id, claim: "shred", input: { request: id } },
    ...approval,
  });
  await client.query("update shred_requests set run = $2 where id = $1", [id, run]);
  return run;
}

/**
 * Begins approved requests once their cooling-off time is over, by the database's clock, the one that has waited longest first.
 * One about somebody on whom a legal hold was set meanwhile waits until that is released, and can be withdrawn. Every worker may
 * do this: the row of the request says that it is done. Resolves when `signal` is aborted.
 */
export function beginDueShreds({
  pool,
  kinds,
  signal,
  log,
}: {
  readonly pool: pg.Pool;
  readonly kinds: readonly RunKind[];
  readonly signal: AbortSignal;
  readonly log: Logger;
}): Promise<void> {
  return pollLoop({
    signal,
    work: async () => {
      const run = await inTransaction(pool, (client) => beginNext(client, kinds));
      if (run !== undefined) {
        failpoint("shred.after-begin");
        log.info({ run: String(run) }, "a shred begins: its cooling-off time is over");
      }
      return run !== undefined;
    },
    idleMs: LOOK_MS,
    errorMs: LOOK_MS,
    maxErrorMs: 10 * LOOK_MS,
    onError: (error) => log.warn({ err: error }, "approved shreds are begun later"),
  });
}

async function beginNext(client: pg.PoolClient, kinds: readonly RunKind[]): Promise<bigint | undefined> {
  const { rows } = await client.query<RequestRow>(
    `select ${REQUEST_COLUMNS} from shred_requests
      where state = 'approved' and run is null and begins_at <= clock_timestamp()
        and not exists (select from legal_holds h where h.subject = shred_requests.subject and h.released_at is null)
      order by begins_at limit 1 for update skip locked`,
  );
  if (!rows[0]) return undefined;
  const request = toRequest(rows[0]);
  const { approvedBy, reason, ticket } = request;
  try {
    const run = await beginShred(client, kinds, request, {
      ...{ requestedBy: approvedBy ?? request.requestedBy, reason, ticket: ticket ?? undefined },
    });
    failpoint("shred.before-begin");
    return run;
  } catch (error) {
    // Another shred is at work: it is looked again when that may be over.
    if (error instanceof TidemarkError && error.code === "conflict") return undefined;
    throw error;
  }
}

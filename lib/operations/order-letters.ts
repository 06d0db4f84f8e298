import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import { InvalidRequest, NotFound, TidemarkError } from "@/lib/kernel/errors";
import { requiredReason } from "@/lib/operations/attribution";
import { tryLetters } from "@/lib/operations/dry-run-letters";
import { letterChoice, targetOf } from "@/lib/operations/letter-choice";
import { observeUntil } from "@/lib/operations/observe-until";
import { type Audit, type OperationContext, operation } from "@/lib/operations/operation";
import { type Counted, untoldLetters } from "@/lib/queries/dead-letters";

/** What has become of the letters that were ordered, as far as it was seen. */
export type LettersOrdered = {
  readonly ordered: number;
  readonly retried: number;
  readonly skipped: number;
  /** Tried and failed again; they are parked as before, with the error of now. */
  readonly failed: number;
  /** The event is done and what waited behind it is being applied, or nobody has carried the order out yet. */
  readonly waiting: number;
  /** Whether every order has been carried out. */
  readonly observed: boolean;
  /** The first of them. */
  readonly letters: readonly {
    readonly id: string;
    readonly stream: string;
    readonly state: string;
    readonly error: string | null;
  }[];
};

/** Lets the holders of the partitions apply parked events and what waits behind them, in the order of each stream. */
export const retryLetters = operation({
  name: "retry-dead-letters",
  role: "operator",
  input: z.strictObject({
    ...letterChoice,
    only: z.literal("passing").optional().describe("Only those that pass a dry run with today's code"),
  }),
  audited: true,
  target: targetOf,
  act: async (context, { ids, group, only, reason, ticket }, audit) => {
    const passing = only && (await tryLetters(context, { ids, group })).letters.filter(({ passes }) => passes);
    if (passing?.length === 0) {
      throw new TidemarkError("conflict", "None of these would pass with today's code, so none was retried.", {});
    }
    const chosen = passing ? passing.map(({ id }) => id) : ids;
    return order(context, { wanted: "retry", ids: chosen, group, reason, ticket }, audit);
  },
  observe: (context, _, ordered) => observed(context, ordered),
});

/** What skipping would do now. What waits behind grows by itself, so it is shown and not frozen. */
export type SkipPreview = {
  readonly consumers: readonly string[];
  /** Each is given up for good. */
  readonly letters: readonly string[];
  readonly streams: number;
  /** Events that wait behind them and would be applied. */
  readonly blocked: Counted;
};

/**
 * Gives parked events up for good: they are never applied, and what waits behind them is. Does exactly what was approved.
 * Throws `conflict` when each of them has been applied by itself before its skip could be carried out.
 */
export const skipLetters = operation({
  name: "skip-dead-letters",
  role: "operator",
  input: z.strictObject({
    ...letterChoice,
    reason: requiredReason,
    confirm: z
      .string()
      .trim()
      .max(512)
      .describe("The stream of the event, or the name of the group, typed by the operator"),
  }),
  audited: true,
  target: targetOf,
  preview: foresee,
  frozen: ({ consumers, letters }: SkipPreview) => ({ consumers, letters }),
  approval: "optional",
  act: async (context, { ids, group, reason, ticket, confirm }, audit, { letters }) => {
    const name = group ?? (await streamOf(context, ids));
    if (confirm !== name) {
      throw new InvalidRequest(`To skip for good, confirm with the name ${name}.`, [
        { path: "confirm", message: `must be ${name}` },
      ]);
    }
    return order(context, { wanted: "skip", ids: letters, group, reason, ticket }, audit);
  },
  observe: async (context, _, ordered) => {
    const seen = await observed(context, ordered);
    if (seen.retried === seen.ordered) throw tooLate(seen);
    return seen;
  },
});

/** What stood to be skipped was tried again by itself meanwhile, and passed: it is applied, and cannot be given up. */
function tooLate({ letters, ordered }: LettersOrdered): TidemarkError {
  const [first] = letters;
  const what = ordered === 1 ? `Dead letter ${first?.id} was` : `All ${ordered} dead letters were`;
  return new TidemarkError(
    "conflict",
    `${what} retried with success before the skip came to it. Nothing was skipped.`,
    {
      ...{ id: first?.id, state: "retried", by: null, ordered },
    },
  );
}

async function foresee(
  context: OperationContext,
  { ids, group }: { readonly ids?: readonly string[] | undefined; readonly group?: string | undefined },
): Promise<SkipPreview> {
  if (ids === undefined && group === undefined) throw new InvalidRequest("Name letters or a group.");
  const rows = await untoldLetters(context, { ids, group, limit: ORDERS_MAX });
  if (rows.length === 0) throw await whyNot(context.pool, ids, group);
  return {
    consumers: [...new Set(rows.map(({ consumer }) => consumer))].sort(),
    letters: rows.map(({ id }) => id),
    streams: new Set(rows.map(({ stream }) => stream)).size,
    blocked: {
      count: rows.reduce((sum, { blocked }) => sum + blocked.count, 0),
      more: rows.some(({ blocked }) => blocked.more),
    },
  };
}

type Order = {
  readonly wanted: "retry" | "skip";
  readonly ids: readonly string[] | undefined;
  readonly group: string | undefined;
  readonly reason: string | undefined;
  readonly ticket: string | undefined;
};

/** Letters that one act orders. */
const ORDERS_MAX = 1_000;

/** Marks what is wanted, for whoever holds the partitions. A letter that is marked or closed already is nobody's to mark. */
async function order(
  { pool, principal }: OperationContext,
  { wanted, ids, group, reason, ticket }: Order,
  audit: Audit,
): Promise<readonly bigint[]> {
  if (ids === undefined && group === undefined) throw new InvalidRequest("Name letters or a group.");
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ id: bigint; consumer: string; stream: string }>(
      `update dead_letters d
          set wanted = $1, wanted_by = $2, wanted_at = clock_timestamp(), reason = $3, ticket = $4
        where d.id in (select c.id from dead_letters c
                        where c.closed_at is null and c.outcome is null and c.wanted is null
                          and ($5::bigint[] is null or c.id = any ($5)) and ($6::text is null or c.fingerprint = $6)
                        order by c.id limit $7)
          and d.closed_at is null and d.outcome is null and d.wanted is null
        returning d.id, d.consumer, d.stream`,
      [wanted, principal.id, reason ?? null, ticket ?? null, ids ?? null, group ?? null, ORDERS_MAX],
    );
    const [first] = rows;
    if (!first) throw await whyNot(client, ids, group);
    const consumers = [...new Set(rows.map(({ consumer }) => consumer))].join(", ");
    const what = rows.length === 1 ? `DL-${first.id} (${first.stream})` : `${rows.length} dead letters`;
    await audit(client, {
      type: wanted === "retry" ? "DeadLetterRetryOrdered" : "DeadLetterSkipOrdered",
      summary: `${wanted === "retry" ? "Retry" : "Skip"} of ${what} of ${consumers}${reason ? `: ${reason}` : ""}`,
      facts: {
        consumers,
        letters: rows.slice(0, 100).map(({ id }) => String(id)),
        count: rows.length,
        group: group ?? null,
      },
    });
    return rows.map(({ id }) => id);
  });
}

type Reader = { readonly query: OperationContext["pool"]["query"] };

async function whyNot(
  db: Reader,
  ids: readonly string[] | undefined,
  group: string | undefined,
): Promise<TidemarkError> {
  const { rows } = await db.query<{ id: bigint; state: string; wanted: string | null; wanted_by: string | null }>(
    `select id, state, wanted, wanted_by from dead_letters
      where ($1::bigint[] is null or id = any ($1)) and ($2::text is null or fingerprint = $2) order by closed_at nulls first, id limit 1`,
    [ids ?? null, group ?? null],
  );
  const [row] = rows;
  if (!row) return new NotFound("dead letter", ids?.join(", ") ?? group ?? "");
  const by = row.wanted_by ?? "itself";
  const what = ["retried", "skipped"].includes(row.state)
    ? `was ${row.state} by ${by}`
    : `is being ${row.wanted === "skip" ? "skipped" : "retried"} by ${by}`;
  return new TidemarkError("conflict", `Dead letter ${row.id} ${what} already. Nothing was ordered.`, {
    id: String(row.id),
    state: row.state,
    by: row.wanted_by,
  });
}

async function streamOf({ pool }: OperationContext, ids: readonly string[] | undefined): Promise<string> {
  if (ids?.length !== 1) throw new InvalidRequest("Skip one letter, or name the group.");
  const { rows } = await pool.query<{ stream: string }>("select stream from dead_letters where id = $1", [ids[0]]);
  const [row] = rows;
  if (!row) throw new NotFound("dead letter", ids[0] ?? "");
  return row.stream;
}

const OBSERVE_MS = 5_000;
const SHOWN = 100;

type Found = {
  readonly id: bigint;
  readonly stream: string;
  readonly state: string;
  readonly outcome: string | null;
  readonly open: boolean;
  readonly message: string | null;
};

/** Waits until each order has been carried out by whoever holds its partition. Without a worker they wait, and it says so. */
async function observed({ pool, signal }: OperationContext, ids: readonly bigint[]): Promise<LettersOrdered> {
  const look = async () => {
    const { rows } = await pool.query<Found>(
      `select id, stream, state, outcome, wanted is not null and closed_at is null as open, error->>'message' as message
         from dead_letters where id = any ($1) order by id`,
      [ids],
    );
    return rows;
  };
  const seen = (rows: readonly Found[]) => rows.every(({ open }) => !open);
  const { found, observed: all } = await observeUntil({ look, seen, patienceMs: OBSERVE_MS, signal });
  const count = (test: (row: Found) => boolean) => found.filter(test).length;
  return {
    ordered: ids.length,
    retried: count(({ open, outcome }) => !open && outcome === "retried"),
    skipped: count(({ open, outcome }) => !open && outcome === "skipped"),
    failed: count(({ open, state }) => !open && (state === "parked" || state === "retrying")),
    waiting: count(({ open }) => open),
    observed: all,
    letters: found.slice(0, SHOWN).map(({ id, stream, state, message }) => ({
      ...{ id: String(id), stream, state },
      error: state === "parked" ? message : null,
    })),
  };
}

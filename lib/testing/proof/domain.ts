import type pg from "pg";
import { createCatalog } from "@/lib/catalog/catalog";
import { defineFold, defineHandler, defineModule, type FoldProjection, ownStream, type Projection } from "@/lib/define";
import { processConsumers } from "@/lib/processes/process-consumers";
import { inlineKnown } from "@/lib/projections/inline-consumers";
import { projectionConsumers } from "@/lib/projections/projection-consumers";
import { rebuildRun } from "@/lib/projections/rebuild/rebuild-run";
import type { RunKind } from "@/lib/runs/run";
import type { Consumer } from "@/lib/subscriptions/consumer";
import { job, jobs, proofEvents } from "@/lib/testing/proof/jobs";
import { markingRun } from "@/lib/testing/proof/marks";

const BUCKETS = 13;

/** What a row remembers: enough that a lost, doubled or exchanged event shows in it. */
const columns = { total: "bigint", events: "integer", trail: "bigint" } as const;
type Row = { total: number; events: number; trail: number };
/** A build that cannot apply some events; the next one can. A process has one of the two for all its life. */
const isBroken = process.env.PROOF_BUILD === "broken";
const breakOn = (sour: boolean): void => {
  if (sour && isBroken) throw new RangeError("This build cannot apply this event.");
};

const step = (row: Row, { data }: { readonly data: { readonly n: number; readonly by: number } }): Row => ({
  total: row.total + data.by,
  events: row.events + 1,
  // Depends on the order of the events, too.
  trail: (row.trail * 31 + (data.n % 1_000_003)) % 1_000_000_007,
});
const fragile: typeof step = (row, event) => {
  breakOn(event.data.n % 307 === 7);
  return step(row, event);
};
const initial = (): Row => ({ total: 0, events: 0, trail: 7 });

const totals = defineFold({
  name: "proof-totals",
  version: 1,
  description: "A row a stream, over four partitions.",
  events: proofEvents,
  partitions: 4,
  columns,
  key: ownStream,
  initial,
  evolve: { Noted: fragile, Marked: fragile, Stamped: fragile },
});

const buckets = defineFold({
  name: "proof-buckets",
  version: 1,
  description: "Rows in which many streams meet, so their order across streams counts.",
  events: proofEvents,
  columns,
  key: ({ data }) => `bucket-${data.n % BUCKETS}`,
  initial,
  evolve: { Noted: step, Marked: step },
});

const stamps = defineFold({
  name: "proof-stamps",
  version: 1,
  description: "Written by the append itself.",
  events: proofEvents,
  mode: "inline",
  columns,
  key: ownStream,
  initial,
  evolve: { Stamped: step },
});

/** Counts how often each event had its effect, by a statement that doing it twice would show in. */
const effects = defineHandler({
  name: "proof-effects",
  version: 1,
  description: "How often each marked event was applied.",
  events: proofEvents,
  partitions: 2,
  columns: { n: "bigint", times: "integer" },
  primaryKey: ["n"],
  on: {
    Marked: (tx, { data }) => {
      breakOn(data.n % 101 === 7);
      return tx.query(`insert into ${tx.table} as t values ($1, 1) on conflict (n) do update set times = t.times + 1`, [
        data.n,
      ]);
    },
  },
});

const proofModule = defineModule({
  name: "proof",
  description: "The domain of the proof.",
  events: proofEvents,
  upcasters: [],
  deciders: [job],
  projections: [totals, buckets, stamps, effects] as readonly Projection[],
  processes: [jobs],
});

/** The catalog of the proof's domain alone. */
export const proofCatalog = createCatalog([proofModule]);

/**
 * Everything that consumes the log, as workers run it. An event that cannot be applied is tried once more by itself, then
 * it waits for the operator; breakers are out of the way, because a broken build is what they are there to stop.
 */
export function proofConsumers(): readonly Consumer[] {
  const breaker = { perMinute: 1_000_000, share: 1, atLeast: 1_000_000, open: 1_000_000 };
  const failurePolicy = { onFailure: "park-stream", attempts: 2, retryMs: 100, breaker } as const;
  return [
    ...projectionConsumers(proofProjections, proofCatalog).map((consumer) => ({ ...consumer, failurePolicy })),
    ...processConsumers(proofCatalog.processes, proofCatalog),
  ];
}

/** The long jobs that workers carry out; `pool` is what a rebuild reads and writes with. */
export function proofRuns(pool: pg.Pool): readonly RunKind[] {
  return [markingRun, rebuildRun(pool, proofProjections, proofCatalog)];
}

/** Its projections. */
export const proofProjections: readonly Projection[] = proofModule.projections;

/** What its processes tell the database of the inline projections they know. */
export const proofInline = inlineKnown(proofProjections);

/** Those that must equal the fold of the log. */
export const proofFolds = proofProjections.filter(
  (projection): projection is FoldProjection => projection.style === "fold",
);

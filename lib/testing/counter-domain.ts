import { z } from "zod";
import { createCatalog } from "@/lib/catalog/catalog";
import { defineEvents, defineFold, defineHandler, defineModule, ownStream, type Projection } from "@/lib/define";

/** The smallest domain with one projection of each kind: counters that grow and are cleared. */
const counterEvents = defineEvents({
  Counted: [1, z.object({ by: z.int(), bucket: z.string(), note: z.string().nullable() })],
  Cleared: [1, z.object({})],
});

/** Notes that make every projection's code throw; a test takes one out to cure it. */
export const poison = new Set<string>();

function check(note: string | null): void {
  if (note !== null && poison.has(note)) throw new RangeError(`cannot count ${note}`);
}

/** One row a counter, over four partitions, with a column of every type; clearing ends the row. */
export const counterTotals = defineFold({
  name: "counter-totals",
  version: 1,
  description: "Each counter's total.",
  events: counterEvents,
  partitions: 4,
  columns: { total: "bigint", events: "integer", note: "text?", even: "boolean", last_at: "timestamptz?", log: "json" },
  key: ownStream,
  initial: () => ({ total: 0, events: 0, note: null, even: true, last_at: null, log: [] }),
  evolve: {
    Counted: (row, { data, recordedAt, version }) => {
      check(data.note);
      const log = [...(row.log as number[]), version].slice(-5);
      const total = row.total + data.by;
      return { total, events: row.events + 1, note: data.note, even: total % 2 === 0, last_at: recordedAt, log };
    },
    Cleared: () => null,
  },
});

/** One row a bucket: many streams meet in it, so it has one partition. */
export const bucketTotals = defineFold({
  name: "bucket-totals",
  version: 1,
  description: "Each bucket's total.",
  events: counterEvents,
  columns: { total: "bigint", streams: "integer" },
  key: (event) => ("bucket" in event.data ? [event.data.bucket, "all"] : null),
  initial: () => ({ total: 0, streams: 0 }),
  evolve: {
    Counted: (row, { data, version }) => ({
      total: row.total + data.by,
      streams: row.streams + (version === 1 ? 1 : 0),
    }),
  },
});

/** Counts in SQL, where doing it twice would show. */
const counterEffects = defineHandler({
  name: "counter-effects",
  version: 1,
  description: "How often each counter was counted, by statements of its own.",
  events: counterEvents,
  partitions: 2,
  columns: { stream: "text", effects: "integer", total: "bigint" },
  primaryKey: ["stream"],
  on: {
    Counted: (tx, { stream, data }) => {
      check(data.note);
      return tx.query(
        `insert into ${tx.table} as t values ($1, 1, $2)
         on conflict (stream) do update set effects = t.effects + 1, total = t.total + excluded.total`,
        [stream, data.by],
      );
    },
  },
});

/** The same as `counterTotals`, written by the append. */
export const counterNow = defineFold({
  ...counterTotals,
  name: "counter-now",
  description: "Each counter's total, at once.",
  mode: "inline",
  partitions: 1,
} as unknown as Parameters<typeof defineFold<typeof counterEvents, typeof counterTotals.columns>>[0]);

/** The domain as the engine takes it. */
export const counters = defineModule({
  name: "counters",
  description: "Counters, for tests.",
  events: counterEvents,
  upcasters: [],
  deciders: [],
  projections: [counterTotals, bucketTotals, counterEffects, counterNow] as readonly Projection[],
});

/** The catalog of the counters alone. */
export const counterCatalog = createCatalog([counters]);

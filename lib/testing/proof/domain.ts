import { z } from "zod";
import { createCatalog } from "@/lib/catalog/catalog";
import {
  defineEvents,
  defineFold,
  defineHandler,
  defineModule,
  type FoldProjection,
  ownStream,
  type Projection,
} from "@/lib/define";
import { inlineKnown } from "@/lib/projections/inline-consumers";

const payload = z.object({ n: z.int(), by: z.int() });

/** Events that only carry their number. The type decides who handles them: `Stamped` is handled inline, `Marked` by a handler too. */
const proofEvents = defineEvents({ Noted: [1, payload], Marked: [1, payload], Stamped: [1, payload] });

const BUCKETS = 13;

/** What a row remembers: enough that a lost, doubled or exchanged event shows in it. */
const columns = { total: "bigint", events: "integer", trail: "bigint" } as const;
type Row = { total: number; events: number; trail: number };
const step = (row: Row, { data }: { readonly data: { readonly n: number; readonly by: number } }): Row => ({
  total: row.total + data.by,
  events: row.events + 1,
  // Depends on the order of the events, too.
  trail: (row.trail * 31 + (data.n % 1_000_003)) % 1_000_000_007,
});
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
  evolve: { Noted: step, Marked: step, Stamped: step },
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
    Marked: (tx, { data }) =>
      tx.query(`insert into ${tx.table} as t values ($1, 1) on conflict (n) do update set times = t.times + 1`, [
        data.n,
      ]),
  },
});

const proofModule = defineModule({
  name: "proof",
  description: "The domain of the proof.",
  events: proofEvents,
  upcasters: [],
  deciders: [],
  projections: [totals, buckets, stamps, effects] as readonly Projection[],
});

/** The catalog of the proof's domain alone. */
export const proofCatalog = createCatalog([proofModule]);

/** Its projections. */
export const proofProjections: readonly Projection[] = proofModule.projections;

/** What its processes tell the database of the inline projections they know. */
export const proofInline = inlineKnown(proofProjections);

/** Those that must equal the fold of the log. */
export const proofFolds = proofProjections.filter(
  (projection): projection is FoldProjection => projection.style === "fold",
);

/** Whether the handler projection counts this event: its type follows from the number of its append. */
export function isMarked(event: number): boolean {
  return typeOf(appendOf(event)) === "Marked";
}

/** Events of one append that can be told apart; more do not fit into one append of the proof. */
const EVENTS_MAX = 32;

/** The number of an append's event. */
export function eventNumber(append: number, index: number): number {
  return append * EVENTS_MAX + index;
}

/** The append that an event belongs to. */
function appendOf(event: number): number {
  return Math.floor(event / EVENTS_MAX);
}

/** The type of all events of an append. */
export function typeOf(append: number): "Noted" | "Marked" | "Stamped" {
  const rest = append % 10;
  return rest === 0 ? "Marked" : rest === 1 ? "Stamped" : "Noted";
}

/** The payload of an event, as it is stored. */
export function payloadOf(event: number): string {
  return `{"n":${event},"by":${event % 97}}`;
}

/** The number in a stored payload; NaN when it is not one of ours. */
export function numberIn(data: string): number {
  return Number(data.match(/^\{"n":(\d+),/)?.[1] ?? Number.NaN);
}

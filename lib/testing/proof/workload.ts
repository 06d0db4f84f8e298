import type { Append, ExpectedVersion } from "@/lib/event-store/recorded-event";
import type { Write } from "@/lib/testing/proof/history/history";
import { eventNumber, payloadOf, typeOf } from "@/lib/testing/proof/numbers";
import type { Random } from "@/lib/testing/proof/random";

/** One stream's part of a planned append: name, what is expected of it, number of events. */
export type PlannedWrite = readonly [stream: string, expected: ExpectedVersion, events: number];

const HOT_STREAMS = 6;
const COLD_STREAMS = 400;

/**
 * Draws what an append writes: 1 to 20 events in all, into one stream or, each sixth time, into two or three at once; a
 * third into a few hot streams. `known` is the writer's own knowledge of versions, which may be stale: then it is refused.
 */
export function planWrites(random: Random, writer: number, known: ReadonlyMap<string, number>): PlannedWrite[] {
  const streams = new Set<string>();
  for (let more = random.chance(1 / 6) ? random.whole(2, 3) : 1; more > 0; more--)
    streams.add(streamOf(random, writer));
  return [...streams].map((stream): PlannedWrite => {
    const version = known.get(stream);
    const exact = version !== undefined && random.chance(0.3);
    const named = version === undefined && random.chance(0.05) ? "exists" : "any";
    return [stream, exact ? version : named, random.whole(1, Math.floor(20 / streams.size))];
  });
}

function streamOf(random: Random, writer: number): string {
  if (random.chance(1 / 3)) return `hot-${random.whole(1, HOT_STREAMS)}`;
  return random.chance(0.5)
    ? `shared-${random.whole(1, COLD_STREAMS)}`
    : `own${writer}-${random.whole(1, COLD_STREAMS)}`;
}

/** The append of a number, always the same: its idempotency key is the number. */
export function appendFrom(append: number, planned: readonly PlannedWrite[]): Append {
  let index = 0;
  const type = typeOf(append);
  return {
    idempotencyKey: `append-${append}`,
    writes: planned.map(([stream, expectedVersion, count]) => ({
      stream,
      expectedVersion,
      events: Array.from({ length: count }, () => ({
        type,
        schemaVersion: 1,
        data: payloadOf(eventNumber(append, index++)),
      })),
    })),
  };
}

/** The same as the history has it, before it is answered. */
export function writesFrom(append: number, planned: readonly PlannedWrite[]): Write[] {
  let index = 0;
  return planned.map(([stream, expected, count]) => ({
    stream,
    expected,
    events: Array.from({ length: count }, () => eventNumber(append, index++)),
  }));
}

/** Microseconds of the clock that all processes of a machine share. */
export function now(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

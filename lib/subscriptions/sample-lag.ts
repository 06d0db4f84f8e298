import type pg from "pg";
import { createWake, pollLoop } from "@/lib/db/poll-loop";
import type { ReadDatabase } from "@/lib/db/read-database";
import { holdDuty } from "@/lib/subscriptions/hold-duty";
import { type LagReading, readLag } from "@/lib/subscriptions/lag";

/** What the two duties of a worker need. `owner` is the worker's id. */
export type Duty = {
  readonly pool: pg.Pool;
  readonly owner: string;
  readonly signal: AbortSignal;
  readonly onError: (error: unknown) => void;
};

const EVERY_MS = 1_000;
const HELD_MS = 3_000;

/**
 * Writes one lag sample a second and consumer while this worker has the duty. An unknown lag has no age and no count in
 * its sample; a second without any sample is a gap, never a zero.
 */
export async function sampleLag(duty: Duty & { readonly reads: ReadDatabase }): Promise<void> {
  await pollLoop({
    signal: duty.signal,
    idleMs: EVERY_MS,
    errorMs: EVERY_MS,
    maxErrorMs: 5_000,
    onError: duty.onError,
    wake: createWake(),
    work: async () => {
      if (!(await holdDuty(duty.pool, "lag-sampler", duty.owner, HELD_MS))) return false;
      await writeSamples(duty.pool, await readLag(duty.reads));
      return false;
    },
  });
}

async function writeSamples(pool: pg.Pool, readings: ReadonlyMap<string, LagReading>): Promise<void> {
  const rows = [...readings].map(([consumer, { lag, checkpoint, highWater }]) => ({
    consumer,
    checkpoint,
    highWater,
    ageMs: lag.known ? lag.ageMs : null,
    events: lag.known ? lag.events : null,
  }));
  if (rows.length === 0) return;
  await pool.query({
    name: "write_lag_samples",
    text: `insert into lag_samples (consumer, age_ms, events, checkpoint, high_water)
             select * from unnest($1::text[], $2::float8[], $3::bigint[], $4::bigint[], $5::bigint[]) on conflict do nothing`,
    values: [
      rows.map(({ consumer }) => consumer),
      rows.map(({ ageMs }) => ageMs),
      rows.map(({ events }) => events),
      rows.map(({ checkpoint }) => checkpoint),
      rows.map(({ highWater }) => highWater),
    ],
  });
}

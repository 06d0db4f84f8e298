import type pg from "pg";
import type { EventStore } from "@/lib/event-store/store";
import { VersionConflict } from "@/lib/kernel/errors";

/** A store that counts, and how to stop counting; what is not written by then is. */
export type CountingStore = { readonly store: EventStore; readonly stop: () => Promise<void> };

const WRITE_EVERY_MS = 5_000;

/**
 * Counts what becomes of this process's appends and writes it down every 5 s, for the rule that looks for conflicts. Counts are
 * no facts: those of the last seconds before a crash are lost, and a failure to write them is tried again with the next.
 */
export function keepAppendCounts(store: EventStore, pool: pg.Pool, writer: string): CountingStore {
  let appends = 0;
  let conflicts = 0;
  let stream: string | null = null;
  const write = async () => {
    if (appends + conflicts === 0) return;
    const counted = { appends, conflicts, stream };
    [appends, conflicts, stream] = [0, 0, null];
    try {
      await pool.query(
        `insert into append_counts as c (minute, writer, appends, conflicts, stream)
           values (date_trunc('minute', clock_timestamp()), $1, $2, $3, $4)
         on conflict (minute, writer) do update set appends = c.appends + $2, conflicts = c.conflicts + $3,
           stream = coalesce($4, c.stream)`,
        [writer, counted.appends, counted.conflicts, counted.stream],
      );
    } catch {
      appends += counted.appends;
      conflicts += counted.conflicts;
      stream ??= counted.stream;
    }
  };
  const timer = setInterval(write, WRITE_EVERY_MS);
  timer.unref();
  const append: EventStore["append"] = async (what) => {
    try {
      const stored = await store.append(what);
      appends += 1;
      return stored;
    } catch (error) {
      if (error instanceof VersionConflict) {
        conflicts += 1;
        stream = error.stream;
      }
      throw error;
    }
  };
  return {
    store: { ...store, append },
    stop: async () => {
      clearInterval(timer);
      await write();
    },
  };
}

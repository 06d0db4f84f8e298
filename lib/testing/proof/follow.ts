import type { EventStore } from "@/lib/event-store/store";
import { AUDIT_STREAM } from "@/lib/queries/audit-entries";
import type { Poll } from "@/lib/testing/proof/history/history";
import { numberIn } from "@/lib/testing/proof/numbers";
import { now } from "@/lib/testing/proof/workload";

/** Reads the log page by page behind the mark, as every consumer may, and notes what it was given. */
export type Follower = {
  readonly polls: readonly Poll[];
  readonly position: () => number;
  /** Reads on to the present end of the log and stops. */
  readonly stop: () => Promise<void>;
};

/** Starts a follower. It reads `page` events at a time and rests `restMs` when there was nothing new. */
export function follow(
  store: EventStore,
  consumer: string,
  { page, restMs }: { page: number; restMs: number },
): Follower {
  const polls: Poll[] = [];
  let after = 0;
  let running = true;

  /** Whether there was anything. */
  async function poll(): Promise<boolean> {
    const start = now();
    const events = await store.readAll({ after: BigInt(after), limit: page });
    if (events.length === 0) return false;
    const entries = events.flatMap(({ position, stream, version, data }) =>
      stream === AUDIT_STREAM ? [] : [{ position: Number(position), stream, version, event: numberIn(data) }],
    );
    const to = Number(events.at(-1)?.position ?? after);
    polls.push({ kind: "poll", consumer, start, end: now(), after, to, entries });
    after = to;
    return events.length === page;
  }

  const ended = (async () => {
    for (;;) {
      const last = !running;
      // The server is being killed under it: what failed is asked again from the same place.
      const more = await poll().catch(() => "failed" as const);
      if (more === false && last) return;
      if (more !== true) await new Promise((resolve) => setTimeout(resolve, restMs));
    }
  })();
  return {
    polls,
    position: () => after,
    async stop() {
      running = false;
      await ended;
    },
  };
}

import type pg from "pg";
import { defineRun } from "@/lib/runs/run";

/** How far a verification has come: the last stream that was looked at, and what was found. */
type Verified = {
  readonly after: string;
  readonly streams: number;
  readonly events: number;
  readonly faults: number;
};

type StreamCount = {
  readonly stream: string;
  readonly version: bigint;
  readonly events: bigint;
  readonly least: bigint | null;
  readonly most: bigint | null;
  readonly ordered: boolean;
};

const STREAMS_AT_ONCE = 100;

/**
 * Looks at every stream of the log: that its versions are 1 to n without a gap, that its row names the last one, and that
 * positions grow with versions. Streams that come up or grow meanwhile may or may not be looked at.
 */
export const verifyLog = defineRun<Record<string, never>, Verified>({
  kind: "verify-log",
  unit: "events",
  phases: ["streams"],
  throttled: true,
  run: async (context) => {
    let verified = context.checkpoint ?? { after: "", streams: 0, events: 0, faults: 0 };
    for (;;) {
      const before = verified;
      await context.step(async (client) => {
        const { checked, faults } = await verifyAfter(client, before.after);
        for (const fault of faults) await context.log(fault, "error");
        const [total] = (await client.query<{ head: bigint }>("select position as head from high_water")).rows;
        verified = {
          after: checked.at(-1)?.stream ?? before.after,
          streams: before.streams + checked.length,
          events: before.events + checked.reduce((sum, { events }) => sum + Number(events), 0),
          faults: before.faults + faults.length,
        };
        const { events: done, faults: problems } = verified;
        context.progress({ done, total: Math.max(done, Number(total?.head ?? 0)), problems, detail: verified.after });
        return verified;
      });
      if (verified.streams === before.streams) break;
      await context.pace(verified.events - before.events);
    }
    const { streams, events, faults } = verified;
    context.progress({ total: events, detail: null });
    await context.log(`${events} events in ${streams} streams: ${faults === 0 ? "no fault" : `${faults} faults`}`);
    return { streams, events, faults };
  },
});

async function verifyAfter(client: pg.PoolClient, after: string) {
  const { rows } = await client.query<StreamCount>(
    `select s.stream, s.version, count(e.version) as events, min(e.version) as least, max(e.version) as most,
            coalesce(bool_and(e.follows), true) as ordered
       from (select stream, version from streams where stream > $1 order by stream limit $2) s
       left join lateral (
         select version, position > coalesce(lag(position) over (order by version), 0) as follows
           from events where events.stream = s.stream and events.version <= s.version
       ) e on true
      group by s.stream, s.version order by s.stream`,
    [after, STREAMS_AT_ONCE],
  );
  const faults = rows.flatMap((row) => {
    const whole = row.version === 0n || (row.least === 1n && row.most === row.version && row.events === row.version);
    if (whole && row.ordered) return [];
    const what = whole
      ? "positions that do not grow with its versions"
      : `${row.events} events, ${row.least} to ${row.most}`;
    return [`stream ${row.stream} at version ${row.version} has ${what}`];
  });
  return { checked: rows, faults };
}

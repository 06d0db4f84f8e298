import type pg from "pg";
import { fault } from "@/lib/integrity/history-fault";

type StreamCount = {
  readonly stream: string;
  readonly version: bigint;
  readonly events: bigint;
  readonly least: bigint | null;
  readonly most: bigint | null;
  readonly ordered: boolean;
};

const STREAMS_AT_ONCE = 100;

/** The next streams after a name: how many they are, their last name, their events, and what is wrong with them. */
export async function verifyStreams(client: pg.PoolClient, after: string) {
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
    return [fault(`stream ${row.stream} at version ${row.version} has ${what}`)];
  });
  const events = rows.reduce((sum, row) => sum + Number(row.events), 0);
  return { streams: rows.length, last: rows.at(-1)?.stream ?? after, events, faults };
}

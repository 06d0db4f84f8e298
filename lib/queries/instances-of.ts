import type { ReadDatabase } from "@/lib/db/read-database";

/** An instance of a process that an event reached. */
export type InstanceRef = { readonly process: string; readonly instance: string };

const REFS_MAX = 20;

/** Events of one trace that are looked at for the instances they reached: no more are drawn of it. */
const TRACE_EVENTS_MAX = 12_000;

/** The instances that the events of a trace reached, at most 20. */
export async function instancesOfTrace(reads: ReadDatabase, correlationId: string): Promise<readonly InstanceRef[]> {
  return reads.query<InstanceRef>(
    `select distinct n.process, n.instance
       from (select e.position from events e where (e.correlation_id, e.position) >= ($1::text, 0) and e.correlation_id <= $1::text
              order by e.correlation_id, e.position limit ${TRACE_EVENTS_MAX}) e
       join process_inputs n on n.position = e.position order by 1, 2 limit ${REFS_MAX}`,
    [correlationId],
  );
}

/** The instances that the newest events of a stream reached, at most 20. */
export async function instancesOfStream(reads: ReadDatabase, stream: string): Promise<readonly InstanceRef[]> {
  return reads.query<InstanceRef>(
    `select distinct n.process, n.instance
       from (select position from events where stream = $1 order by version desc limit 100) e
       join process_inputs n on n.position = e.position order by 1, 2 limit ${REFS_MAX}`,
    [stream],
  );
}

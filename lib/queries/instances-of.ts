import type { ReadDatabase } from "@/lib/db/read-database";

/** An instance of a process that an event reached. */
export type InstanceRef = { readonly process: string; readonly instance: string };

const REFS_MAX = 20;

/** The instances that any of these events reached, at most 20. */
export async function instancesOf(reads: ReadDatabase, positions: readonly bigint[]): Promise<readonly InstanceRef[]> {
  if (positions.length === 0) return [];
  return reads.query<InstanceRef>(
    `select distinct n.process, n.instance from process_inputs n where n.position = any ($1) order by 1, 2 limit ${REFS_MAX}`,
    [positions],
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

import type { QueryContext } from "@/lib/queries/query-context";

/** Instances that ended or were cancelled in the last 24 hours, by the stage they ended in: of the newest, up to a bound. */
export type EndedStage = { readonly stage: string; readonly count: number };

const ENDED_MAX = 10_000;

/** Counts the instances of a process that ended lately, by the index of their states. */
export async function endedStages({ reads }: QueryContext, process: string): Promise<readonly EndedStage[]> {
  return reads.query<EndedStage>(
    `select stage, count(*)::int as count from (
       select i.stage from process_instances i
        where i.process = $1 and i.status = 'ended' and i.updated_at > clock_timestamp() - interval '24 hours'
        order by i.updated_at desc limit ${ENDED_MAX}) ended
      group by stage order by 2 desc, 1`,
    [process],
  );
}

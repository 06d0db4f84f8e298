import { AUDIT_STREAM } from "@/lib/queries/audit-entries";
import type { QueryContext } from "@/lib/queries/query-context";

/** Something that was done to a consumer, to be drawn over its lag. `run` is the run it belongs to. */
export type LagMark = {
  readonly at: string;
  readonly kind: "deploy" | "pause" | "resume" | "rebuild" | "switch";
  readonly label: string;
  readonly run: string | null;
};

/** More would hide the chart. */
const MARKS_MAX = 20;
/** Entries of the audit that are looked at. */
const AUDIT_MAX = 2_000;

/**
 * What was done to a consumer from one time to another, ISO 8601, oldest first, the newest twenty: other versions and builds
 * of its code, pauses, rebuilds and the generations that began to serve.
 */
export async function lagMarks(
  { reads }: QueryContext,
  name: string,
  from: string,
  to: string,
): Promise<readonly LagMark[]> {
  const rows = await reads.query<LagMark>(
    `with done as (
       select g.live_at as at, case when g.created_by = 'register' then 'deploy' else 'switch' end as kind,
              case when g.created_by = 'register' then 'version ' || g.version else 'generation ' || g.generation || ' serves' end as label,
              null as run
         from consumer_generations g where g.consumer = $1 and g.live_at is not null
       union all
       select min(w.started_at), 'deploy', 'build ' || w.build, null from workers w where w.build <> 'unnamed' group by w.build
       union all
       select r.created_at, 'rebuild', 'rebuild asked for', r.id::text from runs r where r.kind = 'rebuild' and r.subject = $1
       union all
       select e.recorded_at, case when e.type like '%Paused' then 'pause' else 'resume' end,
              case when e.type like '%Paused' then 'paused' else 'resumed' end || ' by ' || e.actor, null
         from (select * from events newest where newest.stream = $3 order by newest.version desc limit $4::int) e
        where e.type in ('ProjectionPaused', 'ProjectionResumed', 'ProcessPaused', 'ProcessResumed')
          and coalesce(e.data::json ->> 'projection', e.data::json ->> 'process') = $1
     )
     select done.at, done.kind, done.label, done.run from done
      where done.at >= $2::timestamptz and done.at <= $6::timestamptz order by done.at desc limit $5::int`,
    [name, from, AUDIT_STREAM, AUDIT_MAX, MARKS_MAX, to],
  );
  return rows.toReversed();
}

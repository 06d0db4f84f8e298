import type pg from "pg";

/** What must hold in the database at rest. Each statement finds what breaks it, and must find nothing. */
const AUDITS: Readonly<Record<string, string>> = {
  "a stream's row tells another version, first or last position than its events": `
    select s.stream from streams s left join (
        select stream, count(*) as n, max(version) as version, min(position) as first, max(position) as last from events group by 1
      ) e using (stream)
     where e.n is distinct from s.version or e.version is distinct from s.version
        or e.first is distinct from s.first_position or e.last is distinct from s.last_position`,
  "an event has no stream":
    "select position from events e where not exists (select from streams s where s.stream = e.stream)",
  "the order of a stream is not the order of the log": `
    select stream, version from (
      select stream, version, lag(position) over (partition by stream order by version) as before, position from events
    ) e where before >= position`,
  "an event lies above the last position drawn":
    "select position from events, position_seq where position > last_value",
  "a leaf is not the hash of its event": `
    select position from events where position % 7 = 0 and leaf <> leaf_hash(position, event_id, stream, version, type, schema_version,
      (extract(epoch from recorded_at) * 1000000)::bigint, (extract(epoch from occurred_at) * 1000000)::bigint,
      correlation_id, causation_id, actor, tenant, data::text, metadata::text)`,
  "a tile of the Merkle log is not the leaves of its events": `
    select t.index from merkle_tiles t
      left join lateral (select array_agg(position order by position) as positions, string_agg(leaf, '' order by position) as hashes
                           from events e where e.position between t.first_position and t.last_position) e on true
     where t.level = 0 and (e.positions is distinct from t.positions or e.hashes is distinct from t.hashes)`,
  "the Merkle log has left out an event": `
    select position from events e where position <= (select max(last_position) from merkle_tiles)
       and not exists (select from merkle_tiles t where t.level = 0 and e.position between t.first_position and t.last_position)`,
  "a checkpoint note does not speak of the Merkle log": `
    select size, position from checkpoint_notes n where not exists (select from merkle_tiles t
      where t.level = 0 and t.index = (n.size - 1) / 256 and t.positions[(n.size - 1) % 256 + 1] = n.position)`,
  "a checkpoint stands above the mark": `
    select consumer, partition from consumer_partitions, high_water where checkpoint > position`,
  "two batches of a partition overlap, or one moves nothing where no letter was retried": `
    select consumer, partition, from_position from (
      select *, lag(to_position) over (partition by consumer, generation, partition order by id) as before from consumer_batches
    ) b where before > from_position or from_position > to_position or (from_position = to_position and not exists (
      select from dead_letters d where d.consumer = b.consumer and d.generation = b.generation and d.outcome is not null))`,
  "the epoch of a partition's batches goes back": `
    select consumer, partition, id from (
      select *, lag(epoch) over (partition by consumer, generation, partition order by id) as before from consumer_batches
    ) b where before > epoch`,
  "the batches of a partition do not have each of its events once": `
    select p.consumer, p.generation, p.partition from consumer_partitions p
      join consumers c on c.name = p.consumer and c.mode = 'async'
      join consumer_generations g on g.consumer = p.consumer and g.generation = p.generation
     where (select coalesce(sum(events), 0) from consumer_batches b where b.consumer = p.consumer and b.generation = p.generation and b.partition = p.partition)
         + (select count(*) from dead_letters d where d.consumer = p.consumer and d.generation = p.generation and d.outcome = 'skipped'
              and d.slice >= p.slice_from and d.slice < p.slice_to)
        <> (select count(*) from events e where e.type = any (g.types) and e.slice >= p.slice_from and e.slice < p.slice_to
              and e.position > coalesce(g.replay_until, 0))`,
  "a rebuilt generation differed from the one that serves": `
    select id, checkpoint -> 'compared' as compared from runs where kind = 'rebuild' and exists (
      select from json_each_text((checkpoint::json) -> 'compared') c where c.key in ('differing', 'onlyLive', 'onlyNew') and c.value <> '0')`,
  "a job did not come to its end": `
    select instance, status, stage from process_instances where status <> 'ended' or due_at is not null`,
  "a command of a job was not answered":
    "select id, state from process_commands where state not in ('accepted', 'rejected')",
  "a timer of a job has not fired": "select id, state from process_timers where state <> 'fired'",
  "a letter is open, or its stream was parked twice at once": `
    select consumer, stream from dead_letters group by consumer, generation, stream, position
     having count(*) > 1 or bool_or(closed_at is null)`,
  "a step of a run was done twice": "select run, n from tidemark.proof_marks group by 1, 2 having count(*) > 1",
  "a run has done other steps than its checkpoint says": `
    select r.id, r.checkpoint, m.steps from runs r
      left join (select run, count(*) as steps from tidemark.proof_marks group by 1) m on m.run = r.id
     where r.kind = 'proof-marks' and (coalesce(m.steps, 0) <> coalesce((r.checkpoint #>> '{}')::integer, 0)
        or (r.state = 'succeeded' and m.steps is distinct from (r.input ->> 'steps')::integer))`,
  "a lock of an append is still held": `
    select pid from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
      and (classid::bigint >> 16 = floor_tag() or classid::bigint = floor_tag())`,
  "a transaction is still open": `
    select pid from pg_stat_activity where datname = current_database() and xact_start < clock_timestamp() - interval '30 seconds'`,
};

/** How many statements `audit` asks. */
export const AUDIT_COUNT = Object.keys(AUDITS).length;

/** Asks all of them, and returns in words what was found. `owner` may do everything. */
export async function audit(owner: pg.Pool): Promise<string[]> {
  const found: string[] = [];
  for (const [says, sql] of Object.entries(AUDITS)) {
    const { rows, rowCount } = await owner.query(`${sql} limit 5`);
    if (rowCount !== 0) found.push(`${says}: ${rows.map((row) => JSON.stringify(row, text)).join(", ")}`);
  }
  return found;
}

function text(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

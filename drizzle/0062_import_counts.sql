-- Two entries of these have never the same key, for it ends with the position: a full page need not be looked through for some.
alter index tidemark.events_type set (deduplicate_items = off);
--> statement-breakpoint
alter index tidemark.events_category set (deduplicate_items = off);
--> statement-breakpoint
alter index tidemark.events_correlation set (deduplicate_items = off);
--> statement-breakpoint
alter index tidemark.events_tenant set (deduplicate_items = off);
--> statement-breakpoint
-- `import_events` (0058) is told which event of a stream each one is, and which are a stream's first and last: to count that
-- out takes the server three sorts of the whole call. It counts only where some of the ids are stored already.
drop function tidemark.import_events(text[], integer[], uuid[], text[], integer[], timestamptz[], text[], text[], text[], text[], text[],
  bytea, integer[], integer[], integer[], boolean);
--> statement-breakpoint
create function tidemark.import_events(
  p_streams text[], p_firsts integer[], p_lasts integer[], p_bytes bigint[],
  p_event_streams integer[], p_nths integer[], p_ids uuid[], p_types text[], p_schema_versions integer[], p_occurred timestamptz[],
  p_correlations text[], p_causations text[], p_actors text[], p_tenants text[], p_traceparents text[], p_payload bytea, p_payload_from integer[],
  p_data_bytes integer[], p_metadata_bytes integer[], p_look_for_known boolean default true,
  out positions bigint[], out versions bigint[], out slices integer[], out recorded_at timestamptz
) language plpgsql security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off set client_min_messages = notice as $$
declare
  v_events constant integer := cardinality(p_ids);
  v_rows tid[]; -- where the rows of the streams are; null: this call makes the stream
  v_known boolean[];
  v_new integer;
  -- Of the events that are stored: which of its stream's each one is, from 1; and of each stream the first, the last, the bytes.
  v_nths integer[] := p_nths;
  v_firsts integer[] := p_firsts;
  v_lasts integer[] := p_lasts;
  v_bytes bigint[] := p_bytes;
  v_lost bigint;
  v_recorded_us bigint;
begin
  if current_setting('synchronous_commit') = 'off' then
    raise exception 'synchronous_commit is off: appends are refused' using errcode = 'TM004',
      hint = 'A crash could lose acknowledged events and hand their positions out again. Set synchronous_commit to on.';
  end if;
  -- Who holds appends up (0002) must not come between the locks below and the writes: what waits for this call on another
  -- connection would then wait for ever.
  lock table tidemark.streams in row exclusive mode;

  -- 1. Take the keys of new streams, then the rows of the others, both in the order of names, as a waiting append does. Who
  --    holds a new stream's key is the only one to make its row, so that can wait until all about it is known. A row is looked
  --    up by its name once, and then found by its place, unless somebody has moved it since.
  select array_agg((select s.ctid from tidemark.streams s where s.stream = p_streams[i])) into v_rows
    from generate_series(1, cardinality(p_streams)) as i;
  perform pg_advisory_xact_lock(tidemark.floor_tag(), hashtext(n.name))
     from (select u.name from unnest(p_streams) with ordinality as u(name, ord) where v_rows[u.ord] is null order by u.name) n;
  select array_agg(coalesce(l.version, m.version, 0) order by i.ord), array_agg(coalesce(l.row, m.row) order by i.ord),
         array_agg(coalesce(l.slice, m.slice, hashtextextended(i.name, 0) & 1023) order by i.ord)
    into versions, v_rows, slices
    from (select u.name, u.ord, v_rows[u.ord] as row from unnest(p_streams) with ordinality as u(name, ord) order by u.name) i
    left join lateral (select s.version, s.slice, s.ctid as row from tidemark.streams s
                        where s.ctid = i.row and s.stream = i.name for no key update) l on true
    left join lateral (select s.version, s.slice, s.ctid as row from tidemark.streams s
                        where l.row is null and s.stream = i.name for no key update) m on true;

  -- 2. Which events are stored. Whoever stores one of them in one of these streams at this moment is waited for above.
  if p_look_for_known then
    select array_agg(f.known), count(*) filter (where not f.known) into v_known, v_new
      from (select exists (select from tidemark.events e where e.event_id = p_ids[o]) as known
              from generate_series(1, v_events) as o) f;
    if v_new between 1 and v_events - 1 then
      select array_agg(n.nth order by n.o) into v_nths
        from (select o, count(*) filter (where not v_known[o]) over (partition by p_event_streams[o] order by o) as nth
                from generate_series(1, v_events) as o) n;
      select array_agg(g.first order by g.s), array_agg(g.last order by g.s), array_agg(g.bytes order by g.s)
        into v_firsts, v_lasts, v_bytes
        from (select p_event_streams[o] as s, min(o) filter (where not v_known[o]) as first,
                     max(o) filter (where not v_known[o]) as last, sum(p_data_bytes[o]) filter (where not v_known[o]) as bytes
                from generate_series(1, v_events) as o group by 1) g;
    end if;
  else
    v_known := array_fill(false, array[v_events]);
    v_new := v_events;
  end if;

  recorded_at := clock_timestamp();
  v_recorded_us := (extract(epoch from recorded_at) * 1000000)::bigint;
  if v_new > 0 then
    -- 3. The floor: no position at or below it can still appear from this transaction. Nobody takes this lock exclusively.
    if not pg_try_advisory_xact_lock_shared((tidemark.floor_tag()::bigint << 48)
         | coalesce(pg_sequence_last_value('tidemark.position_seq'), 0)) then
      raise exception 'the floor lock is taken exclusively by another session' using errcode = '55P03';
    end if;
    -- 4. Only now draw positions, in the order of the events, insert, and move the streams on.
    select array_agg(case when not v_known[o] then nextval('tidemark.position_seq') end) into positions
      from generate_series(1, v_events) as o;
    -- Reaches the caller at once: what it sends on another connection from now on comes later in the log.
    raise notice 'positions drawn';
    insert into tidemark.events (position, version, recorded_at, occurred_at, schema_version, slice, event_id, stream, category, type,
                                 correlation_id, causation_id, actor, tenant, traceparent, leaf, data, metadata)
      select e.position, e.version, import_events.recorded_at, coalesce(e.at, import_events.recorded_at), e.schema_version, slices[e.s],
             e.id, e.stream, split_part(e.stream, '-', 1), e.type, e.correlation, e.causation, e.actor, e.tenant, e.traceparent,
             tidemark.leaf_hash(e.position, e.id, e.stream, e.version, e.type, e.schema_version, v_recorded_us,
               case when e.at is null then v_recorded_us else (extract(epoch from e.at) * 1000000)::bigint end,
               e.correlation, e.causation, e.actor, e.tenant, e.data, e.metadata),
             e.data::json, e.metadata::json
        -- Arrays by place, each looked into where it is: unnesting fifteen of them side by side would copy every value twice.
        from (select positions[o] as position, versions[p_event_streams[o]] + v_nths[o] as version, p_event_streams[o] as s, p_ids[o] as id, p_types[o] as type,
                     p_schema_versions[o] as schema_version, p_occurred[o] as at, p_correlations[o] as correlation,
                     p_causations[o] as causation, p_actors[o] as actor, p_tenants[o] as tenant, p_traceparents[o] as traceparent,
                     p_streams[p_event_streams[o]] as stream,
                     convert_from(substring(p_payload from p_payload_from[o] for p_data_bytes[o]), 'UTF8') as data,
                     convert_from(substring(p_payload from p_payload_from[o] + p_data_bytes[o] for p_metadata_bytes[o]), 'UTF8') as metadata
                from generate_series(1, v_events) as o
               where positions[o] is not null
              offset 0) e; -- each payload is cut out once
    with moved as (
      update tidemark.streams s
         set version = versions[i] + v_nths[v_lasts[i]], first_position = coalesce(s.first_position, positions[v_firsts[i]]),
             last_position = positions[v_lasts[i]], bytes = s.bytes + v_bytes[i], updated_at = import_events.recorded_at
        from generate_series(1, cardinality(p_streams)) as i
       where s.ctid = v_rows[i] and s.stream = p_streams[i] and v_lasts[i] is not null returning 1
    ), made as (
      insert into tidemark.streams (stream, category, slice, version, first_position, last_position, bytes, created_at, updated_at)
        select p_streams[i], split_part(p_streams[i], '-', 1), slices[i], v_nths[v_lasts[i]], positions[v_firsts[i]],
               positions[v_lasts[i]], v_bytes[i], import_events.recorded_at, import_events.recorded_at
          from generate_series(1, cardinality(p_streams)) as i where v_rows[i] is null and v_lasts[i] is not null returning 1
    )
    select (select count(*) from unnest(v_lasts) as l where l is not null) - (select count(*) from moved) - (select count(*) from made)
      into v_lost;
    -- Nobody moves a row that this call has locked; were that wrong, nothing may be stored.
    if v_lost <> 0 then
      raise exception '% rows of streams were moved while they were locked', v_lost using errcode = 'XX000';
    end if;
  else
    positions := array_fill(null::bigint, array[v_events]);
  end if;
end $$;
--> statement-breakpoint
revoke all on function tidemark.import_events(text[], integer[], integer[], bigint[], integer[], integer[], uuid[], text[], integer[],
  timestamptz[], text[], text[], text[], text[], text[], bytea, integer[], integer[], integer[], boolean) from public;
--> statement-breakpoint
grant execute on function tidemark.import_events(text[], integer[], integer[], bigint[], integer[], integer[], uuid[], text[], integer[],
  timestamptz[], text[], text[], text[], text[], text[], bytea, integer[], integer[], integer[], boolean) to tidemark_app;

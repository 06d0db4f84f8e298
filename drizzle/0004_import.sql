-- Loading events in bulk: one transaction a call, any number of streams, one array entry an event, in log order. The steps
-- and their order are those of `append` (0001), and so is their proof; what differs is that every stream is taken at
-- whatever version it has, and that an event whose id is stored is passed over instead of refusing the rest.
--   p_streams         distinct stream names
--   p_event_streams   per event: index into p_streams
--   p_ids             distinct event ids
--   p_types … p_traceparents per event; a null array stands for nulls
--   p_payload         data and metadata of the events, end to end, as the bytes to store; per event: where its data
--                     starts (from 1), the bytes of its data, the bytes of its metadata that follow (null: none)
-- Returns per event its position and version, null where its id was known; per stream its slice; the recording time.
create function tidemark.import_events(
  p_streams text[], p_event_streams integer[], p_ids uuid[], p_types text[], p_schema_versions integer[], p_occurred timestamptz[],
  p_correlations text[], p_causations text[], p_actors text[], p_tenants text[], p_traceparents text[],
  p_payload bytea, p_payload_from integer[], p_data_bytes integer[], p_metadata_bytes integer[],
  out positions bigint[], out versions bigint[], out slices integer[], out recorded_at timestamptz
) language plpgsql security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off set client_min_messages = notice as $$
declare
  v_events constant integer := cardinality(p_ids);
  v_versions bigint[]; -- of the streams as they are found; null: this call makes the stream
  v_known boolean[];
  v_new integer;
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
  --    holds a new stream's key is the only one to make its row, so that can wait until all about it is known.
  perform pg_advisory_xact_lock(tidemark.floor_tag(), hashtext(n.name))
     from (select u.name from unnest(p_streams) as u(name)
            where not exists (select from tidemark.streams s where s.stream = u.name) order by u.name) n;
  select array_agg(l.version order by i.ord), array_agg(coalesce(l.slice, hashtextextended(i.name, 0) & 1023) order by i.ord)
    into v_versions, slices
    from (select * from unnest(p_streams) with ordinality as u(name, ord) order by name) i
    left join lateral (select s.version, s.slice from tidemark.streams s where s.stream = i.name for no key update) l on true;

  -- 2. Which events are stored. Whoever stores one of them in one of these streams at this moment is waited for above.
  select array_agg(f.known), count(*) filter (where not f.known) into v_known, v_new
    from (select exists (select from tidemark.events e where e.event_id = p_ids[o]) as known
            from generate_series(1, v_events) as o) f;

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
    select array_agg(n.version order by n.o) into versions
      from (select o, case when not v_known[o] then coalesce(v_versions[p_event_streams[o]], 0)
                        + count(*) filter (where not v_known[o]) over (partition by p_event_streams[o] order by o) end as version
              from generate_series(1, v_events) as o) n;
    insert into tidemark.events (position, version, recorded_at, occurred_at, schema_version, slice, event_id, stream, category, type,
                                 correlation_id, causation_id, actor, tenant, traceparent, leaf, data, metadata)
      select e.position, e.version, import_events.recorded_at, coalesce(e.at, import_events.recorded_at), e.schema_version, slices[e.s],
             e.id, e.stream, split_part(e.stream, '-', 1), e.type, e.correlation, e.causation, e.actor, e.tenant, e.traceparent,
             tidemark.leaf_hash(e.position, e.id, e.stream, e.version, e.type, e.schema_version, v_recorded_us,
               case when e.at is null then v_recorded_us else (extract(epoch from e.at) * 1000000)::bigint end,
               e.correlation, e.causation, e.actor, e.tenant, e.data, e.metadata),
             e.data::json, e.metadata::json
        -- Arrays by place, each looked into where it is: unnesting fifteen of them side by side would copy every value twice.
        from (select positions[o] as position, versions[o] as version, p_event_streams[o] as s, p_ids[o] as id, p_types[o] as type,
                     p_schema_versions[o] as schema_version, p_occurred[o] as at, p_correlations[o] as correlation,
                     p_causations[o] as causation, p_actors[o] as actor, p_tenants[o] as tenant, p_traceparents[o] as traceparent,
                     p_streams[p_event_streams[o]] as stream,
                     convert_from(substring(p_payload from p_payload_from[o] for p_data_bytes[o]), 'UTF8') as data,
                     convert_from(substring(p_payload from p_payload_from[o] + p_data_bytes[o] for p_metadata_bytes[o]), 'UTF8') as metadata
                from generate_series(1, v_events) as o
               where positions[o] is not null
              offset 0) e; -- each payload is cut out once
    with grown as materialized (
      select p_event_streams[o] as s, max(versions[o]) as version, min(positions[o]) as first, max(positions[o]) as last,
             sum(p_data_bytes[o]) as bytes
        from generate_series(1, v_events) as o where positions[o] is not null group by 1
    ), moved as (
      update tidemark.streams s
         set version = g.version, first_position = coalesce(s.first_position, g.first), last_position = g.last,
             bytes = s.bytes + g.bytes, updated_at = import_events.recorded_at
        from grown g where v_versions[g.s] is not null and s.stream = p_streams[g.s]
    )
    insert into tidemark.streams (stream, category, slice, version, first_position, last_position, bytes, created_at, updated_at)
      select p_streams[g.s], split_part(p_streams[g.s], '-', 1), slices[g.s], g.version, g.first, g.last, g.bytes,
             import_events.recorded_at, import_events.recorded_at
        from grown g where v_versions[g.s] is null;
  else
    positions := array_fill(null::bigint, array[v_events]);
    versions := positions;
  end if;
end $$;
--> statement-breakpoint
revoke all on function tidemark.import_events(text[], integer[], uuid[], text[], integer[], timestamptz[], text[], text[], text[], text[],
  text[], bytea, integer[], integer[], integer[]) from public;
--> statement-breakpoint
grant execute on function tidemark.import_events(text[], integer[], uuid[], text[], integer[], timestamptz[], text[], text[], text[], text[],
  text[], bytea, integer[], integer[], integer[]) to tidemark_app;

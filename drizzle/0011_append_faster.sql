-- Appending with fewer and leaner statements a call; docs/decisions/0013-append-in-few-statements.md has the figures. What an
-- append promises and the order of its steps are those of 0001_append.sql, and so is the proof of the global order:
-- lock the streams, look for known ids, check the versions, take the floor, and only then draw positions.
--
-- The CHECKs of the two tables that every append writes go. PostgreSQL reads such an expression from its catalogue anew
-- for each statement, which was a tenth of an append. Only these functions may write there, and they look themselves.
alter table tidemark.events drop constraint events_version_check, drop constraint events_schema_version_check,
  drop constraint events_leaf_check;
--> statement-breakpoint
alter table tidemark.streams drop constraint streams_version_check, drop constraint streams_slice_check,
  drop constraint streams_stream_check;
--> statement-breakpoint
-- Makes the row of a new stream and returns its slice; null when somebody else is making it or has made it.
create function tidemark.create_stream(p_stream text) returns smallint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare v_slice smallint;
begin
  if octet_length(p_stream) not between 1 and 512 then
    raise exception 'the name of a stream has 1 to 512 bytes, not %', octet_length(p_stream) using errcode = '22023';
  end if;
  -- Looked for first: an insert would wait for whoever is changing the row, even to do nothing.
  if exists (select from tidemark.streams s where s.stream = p_stream)
     or not pg_try_advisory_xact_lock(tidemark.floor_tag(), hashtext(p_stream)) then
    return null;
  end if;
  insert into tidemark.streams (stream, category, slice)
    values (p_stream, split_part(p_stream, '-', 1), (hashtextextended(p_stream, 0) & 1023)::smallint)
    on conflict do nothing returning slice into v_slice;
  return v_slice;
end $$;
--> statement-breakpoint
-- Refuses what no append may do, and takes the floor: no position at or below it can still appear from this transaction.
-- Called with the search path of its callers.
create function tidemark.take_floor() returns bigint language plpgsql as $$
declare
  v_floor constant bigint := coalesce(pg_sequence_last_value('tidemark.position_seq'), 0);
begin
  if current_setting('synchronous_commit') = 'off' then
    raise exception 'synchronous_commit is off: appends are refused' using errcode = 'TM004',
      hint = 'A crash could lose acknowledged events and hand their positions out again. Set synchronous_commit to on.';
  end if;
  -- Nobody takes this lock exclusively.
  if not pg_try_advisory_xact_lock_shared((tidemark.floor_tag()::bigint << 48) | v_floor) then
    raise exception 'the floor lock is taken exclusively by another session' using errcode = '55P03';
  end if;
  return v_floor;
end $$;
--> statement-breakpoint
-- Appends one event to one stream: what most appends are, and then four statements and no arrays. It waits for nobody.
--   p_expected  n exact, 0 none, -1 exists, -2 any
--   p_guard     an id that must not be stored, or null
-- Answers ok, conflict, known when the guard is stored, or busy when the stream is locked elsewhere. An event id that is
-- stored breaks the unique index.
create function tidemark.append_event(
  p_stream text, p_expected bigint, p_id uuid, p_guard uuid, p_type text, p_schema_version integer, p_occurred timestamptz, p_correlation text,
  p_causation text, p_actor text, p_tenant text, p_traceparent text, p_command text, p_data text, p_metadata text,
  out outcome text, out version bigint, out "position" bigint, out slice integer, out recorded_at timestamptz
) language plpgsql security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
  set enable_seqscan = off as $$
declare
  v_recorded_us bigint;
  v_floor bigint;
begin
  select s.version, s.slice into version, slice from tidemark.streams s where s.stream = p_stream for no key update skip locked;
  if slice is null then
    version := 0;
    if p_expected in (0, -2) then
      slice := tidemark.create_stream(p_stream);
      if slice is null then outcome := 'busy'; return; end if;
    elsif exists (select from tidemark.streams s where s.stream = p_stream) then
      outcome := 'busy'; return;
    end if;
  end if;
  if (p_expected >= 0 and p_expected <> version) or (p_expected = -1 and version = 0) then
    outcome := 'conflict'; return;
  end if;
  if p_guard is not null and exists (select from tidemark.events e where e.event_id = p_guard) then
    outcome := 'known'; return;
  end if;
  if p_schema_version < 1 then
    raise exception 'a schema version is 1 or more, not %', p_schema_version using errcode = '22023';
  end if;
  v_floor := tidemark.take_floor(); -- an assignment: to perform it would be a statement, five times as dear
  outcome := 'ok';
  recorded_at := clock_timestamp();
  v_recorded_us := (extract(epoch from recorded_at) * 1000000)::bigint;
  version := version + 1;
  "position" := nextval('tidemark.position_seq');
  insert into tidemark.events (position, version, recorded_at, occurred_at, schema_version, slice, event_id, stream, category, type,
                               correlation_id, causation_id, actor, tenant, traceparent, leaf, data, metadata, command)
    values (append_event."position", append_event.version, append_event.recorded_at, coalesce(p_occurred, append_event.recorded_at),
            p_schema_version, append_event.slice, p_id, p_stream, split_part(p_stream, '-', 1), p_type, p_correlation, p_causation,
            p_actor, p_tenant, p_traceparent,
            tidemark.leaf_hash(append_event."position", p_id, p_stream, append_event.version, p_type, p_schema_version, v_recorded_us,
              case when p_occurred is null then v_recorded_us else (extract(epoch from p_occurred) * 1000000)::bigint end,
              p_correlation, p_causation, p_actor, p_tenant, p_data, p_metadata),
            p_data::json, p_metadata::json, p_command::json);
  update tidemark.streams s
     set version = append_event.version, first_position = coalesce(s.first_position, append_event."position"),
         last_position = append_event."position", bytes = s.bytes + octet_length(p_data), updated_at = append_event.recorded_at
   where s.stream = p_stream;
end $$;
--> statement-breakpoint
drop function tidemark.append(text[], integer[], integer[], bigint[], integer[], uuid[], integer[], text[], integer[], timestamptz[],
  text[], text[], text[], text[], text[], text[], bytea, integer[], integer[], integer[], boolean);
--> statement-breakpoint
-- Appends many independent appends in one transaction and gives each its own outcome.
--   p_streams            distinct stream names
--   p_write_append       per write: the append it belongs to (1-based, ascending); an append is all or nothing
--   p_write_stream       per write: index into p_streams; an append names a stream once
--   p_write_expected     per write: n exact, 0 none, -1 exists, -2 any
--   p_write_count, p_write_bytes  per write: number of its events, and the bytes of their data
--   p_known_ids, p_known_append   ids that the append must not find stored, or it answers 'known'; the id of an event that is
--                        stored and not among them breaks the unique index
--   p_event_write, p_event_place  per event: index of its write, and its place in it (from 0)
--   p_ids … p_commands   per event; a null array stands for nulls
--   p_payload            data and metadata of the events, end to end, as the bytes to store; per event: where its data
--                        starts (from 1), the bytes of its data, the bytes of its metadata that follow (null: none)
--   p_wait               false: an append whose stream is locked elsewhere answers 'busy' instead of holding the others up
-- Returns one row: per append an outcome (ok, conflict, known, busy); per write the first version given and the version
-- found; the positions of the events that were stored, in their order; per stream its slice; the recording time.
-- The planner settings keep every statement on its index whatever the statistics say: plans are cached while tables grow.
create function tidemark.append(
  p_streams text[], p_write_append integer[], p_write_stream integer[], p_write_expected bigint[], p_write_count integer[],
  p_write_bytes bigint[], p_known_ids uuid[], p_known_append integer[], p_event_write integer[], p_event_place integer[],
  p_ids uuid[], p_types text[], p_schema_versions integer[], p_occurred timestamptz[], p_correlations text[], p_causations text[],
  p_actors text[], p_tenants text[], p_traceparents text[], p_commands text[],
  p_payload bytea, p_payload_from integer[], p_data_bytes integer[], p_metadata_bytes integer[], p_wait boolean,
  out outcomes text[], out from_versions bigint[], out actual_versions bigint[], out positions bigint[], out slices integer[],
  out recorded_at timestamptz
) language plpgsql security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off as $$
declare
  v_writes constant integer := cardinality(p_write_append);
  v_versions bigint[];
  -- Per stream: which of the stored events is its first and its last, and their bytes. Filled, because an array that is
  -- begun at its second element has no first one.
  v_firsts integer[] := array_fill(null::integer, array[cardinality(p_streams)]);
  v_lasts integer[] := v_firsts;
  v_bytes bigint[] := v_firsts;
  v_known integer[];
  v_busy boolean[];
  v_events integer := 0;
  v_first integer := 1;
  v_next integer;
  v_stream integer;
  v_outcome text;
  v_refused boolean := false;
  v_recorded_us bigint;
  v_floor bigint;
begin
  -- 1. Lock the streams. With p_wait: make the rows of new streams, then lock all rows, both in the order of names, so that
  --    callers never wait in a circle. Without: wait for nobody, so the order is free and rows that exist come first.
  if p_wait then
    perform pg_advisory_xact_lock(tidemark.floor_tag(), hashtext(n.name)), tidemark.create_stream(n.name)
       from (select distinct p_streams[w.s] as name from unnest(p_write_stream, p_write_expected) as w(s, expected)
              where w.expected in (0, -2) and not exists (select from tidemark.streams known where known.stream = p_streams[w.s])
              order by 1) n;
    select array_agg(coalesce(l.version, 0) order by i.ord), array_agg(l.slice::integer order by i.ord) into v_versions, slices
      from (select * from unnest(p_streams) with ordinality as u(name, ord) order by name) i
      left join lateral (select s.version, s.slice from tidemark.streams s where s.stream = i.name for no key update) l on true;
  else
    select array_agg(coalesce(l.version, 0)), array_agg(l.slice::integer) into v_versions, slices
      from unnest(p_streams) as i(name)
      left join lateral (select s.version, s.slice from tidemark.streams s where s.stream = i.name for no key update skip locked) l on true;
    if array_position(slices, null) is not null then
      for w in 1 .. v_writes loop
        v_stream := p_write_stream[w];
        if slices[v_stream] is null and v_busy[v_stream] is null then
          if p_write_expected[w] in (0, -2) then
            slices[v_stream] := tidemark.create_stream(p_streams[v_stream]);
            v_busy[v_stream] := nullif(slices[v_stream] is null, false);
          elsif exists (select from tidemark.streams s where s.stream = p_streams[v_stream]) then
            v_busy[v_stream] := true;
          end if; -- otherwise there is no such stream, and this write does not make it
        end if;
      end loop;
    end if;
  end if;

  -- 2. Idempotency before the version check: a retry must get its first answer, not a conflict with itself.
  if p_known_ids is not null then
    select array_agg(k.append) into v_known
      from unnest(p_known_ids, p_known_append) as k(id, append)
     cross join lateral (select from tidemark.events e where e.event_id = k.id limit 1) found;
  end if;

  -- 3. Expected versions, append by append; a later append in the call sees what an earlier one was given.
  while v_first <= v_writes loop
    v_outcome := case when p_write_append[v_first] = any (v_known) then 'known' else 'ok' end;
    v_next := v_first;
    loop
      v_stream := p_write_stream[v_next];
      actual_versions[v_next] := v_versions[v_stream];
      from_versions[v_next] := null;
      if v_outcome <> 'ok' then null;
      elsif v_busy[v_stream] then v_outcome := 'busy';
      elsif (p_write_expected[v_next] >= 0 and p_write_expected[v_next] <> v_versions[v_stream])
         or (p_write_expected[v_next] = -1 and v_versions[v_stream] = 0) then v_outcome := 'conflict';
      end if;
      v_next := v_next + 1;
      exit when p_write_append[v_next] is distinct from p_write_append[v_first];
    end loop;
    outcomes[p_write_append[v_first]] := v_outcome;
    if v_outcome = 'ok' then
      for w in v_first .. v_next - 1 loop
        v_stream := p_write_stream[w];
        from_versions[w] := v_versions[v_stream] + 1;
        v_versions[v_stream] := v_versions[v_stream] + p_write_count[w];
        v_firsts[v_stream] := coalesce(v_firsts[v_stream], v_events + 1);
        v_events := v_events + p_write_count[w];
        v_lasts[v_stream] := v_events;
        v_bytes[v_stream] := coalesce(v_bytes[v_stream], 0) + p_write_bytes[w];
      end loop;
    else
      v_refused := true;
    end if;
    v_first := v_next;
  end loop;

  recorded_at := clock_timestamp();
  if v_events > 0 then
    v_recorded_us := (extract(epoch from recorded_at) * 1000000)::bigint;
    if 1 > any (p_schema_versions) then
      raise exception 'a schema version is 1 or more' using errcode = '22023';
    end if;
    -- 4. The floor. 5. Only now draw positions, insert, and move the streams on.
    v_floor := tidemark.take_floor();
    with stored as (
      insert into tidemark.events (position, version, recorded_at, occurred_at, schema_version, slice, event_id, stream, category, type,
                                   correlation_id, causation_id, actor, tenant, traceparent, leaf, data, metadata, command)
        select e.position, e.version, append.recorded_at, coalesce(e.at, append.recorded_at), e.schema_version, e.slice, e.id, e.stream,
               split_part(e.stream, '-', 1), e.type, e.correlation, e.causation, e.actor, e.tenant, e.traceparent,
               tidemark.leaf_hash(e.position, e.id, e.stream, e.version, e.type, e.schema_version, v_recorded_us,
                 case when e.at is null then v_recorded_us else (extract(epoch from e.at) * 1000000)::bigint end,
                 e.correlation, e.causation, e.actor, e.tenant, e.data, e.metadata),
               e.data::json, e.metadata::json, e.command::json
          from (select nextval('tidemark.position_seq') as position, from_versions[u.w] + u.place as version,
                       p_streams[p_write_stream[u.w]] as stream, slices[p_write_stream[u.w]] as slice, u.id, u.type, u.schema_version,
                       u.at, u.correlation, u.causation, u.actor, u.tenant, u.traceparent, u.command,
                       convert_from(substring(p_payload from u.start for u.data_bytes), 'UTF8') as data,
                       convert_from(substring(p_payload from u.start + u.data_bytes for u.metadata_bytes), 'UTF8') as metadata
                  from unnest(p_event_write, p_event_place, p_ids, p_types, p_schema_versions, p_occurred, p_correlations, p_causations,
                              p_actors, p_tenants, p_traceparents, p_commands, p_payload_from, p_data_bytes, p_metadata_bytes)
                       as u(w, place, id, type, schema_version, at, correlation, causation, actor, tenant, traceparent, command,
                            start, data_bytes, metadata_bytes)
                 where from_versions[u.w] is not null
                offset 0) e -- each payload is cut out once, each position drawn once and in order
        returning events.position)
      select array_agg(stored.position) into positions from stored;
    update tidemark.streams s
       set version = u.version, first_position = coalesce(s.first_position, positions[u.first]), last_position = positions[u.last],
           bytes = s.bytes + u.bytes, updated_at = append.recorded_at
      from unnest(p_streams, v_versions, v_firsts, v_lasts, v_bytes) as u(name, version, first, last, bytes)
     where u.last is not null and s.stream = u.name;
  end if;
  if v_refused then
    delete from tidemark.streams s where s.stream = any (p_streams) and s.version = 0;
  end if;
end $$;
--> statement-breakpoint
revoke all on function tidemark.create_stream(text), tidemark.take_floor(), tidemark.append_event(text, bigint, uuid, uuid, text, integer,
    timestamptz, text, text, text, text, text, text, text, text),
  tidemark.append(text[], integer[], integer[], bigint[], integer[], bigint[], uuid[], integer[], integer[], integer[], uuid[], text[],
    integer[], timestamptz[], text[], text[], text[], text[], text[], text[], bytea, integer[], integer[], integer[], boolean) from public;
--> statement-breakpoint
grant execute on function tidemark.append_event(text, bigint, uuid, uuid, text, integer, timestamptz, text, text, text, text, text, text, text, text),
  tidemark.append(text[], integer[], integer[], bigint[], integer[], bigint[], uuid[], integer[], integer[], integer[], uuid[], text[],
    integer[], timestamptz[], text[], text[], text[], text[], text[], text[], bytea, integer[], integer[], integer[], boolean)
  to tidemark_app;

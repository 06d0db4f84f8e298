-- Appending and the high-water mark. The order of the steps in both functions is the proof that no reader
-- skips an event or sees a stream out of order; docs/decisions/0001-global-order.md walks through it.

-- The advisory key that names a lower bound of the positions an open transaction may still draw.
-- 15 bits of tag keep stores in one database apart; a clash of tags can only hold a mark back, never lose an event.
create function tidemark.floor_tag() returns integer language sql immutable parallel safe as
$$ select (hashtext('tidemark.floor') & 32767) $$;
--> statement-breakpoint
-- The leaf of an event, format 1: SHA-256 over 0x00, a head line, and the texts. The head line has the format, the numbers,
-- and the bytes of each text, with nothing for a text that is null; so no two different events share a byte sequence.
-- Times are whole microseconds since 1970. Payloads enter as the bytes that are stored. docs/decisions/0003-bytes-are-kept.md.
create function tidemark.leaf_hash(p_position bigint, p_id uuid, p_stream text, p_version bigint, p_type text, p_schema_version integer,
  p_recorded_us bigint, p_occurred_us bigint, p_correlation text, p_causation text, p_actor text, p_tenant text, p_data text, p_metadata text
) returns bytea language sql stable parallel safe as $$
  select sha256('\x00'::bytea || convert_to(concat('1 ', p_position, ' ', p_id, ' ', p_version, ' ', p_schema_version, ' ', p_recorded_us, ' ',
    p_occurred_us, ' ', octet_length(p_stream), ' ', octet_length(p_type), ' ', octet_length(p_correlation), ' ', octet_length(p_causation),
    ' ', octet_length(p_actor), ' ', octet_length(p_tenant), ' ', octet_length(p_data), ' ', octet_length(p_metadata), E'\n',
    p_stream, p_type, p_correlation, p_causation, p_actor, p_tenant, p_data, p_metadata), 'UTF8'))
$$;
--> statement-breakpoint
-- Appends many independent appends in one transaction and gives each its own outcome.
--   p_streams            distinct stream names
--   p_write_append       per write: the append it belongs to (1-based, ascending); an append is all or nothing
--   p_write_stream       per write: index into p_streams; an append names a stream once
--   p_write_expected     per write: n exact, 0 none, -1 exists, -2 any
--   p_write_count        per write: number of its events, which follow those of the write before
--   p_ids, p_id_append   ids that the append must not find: the events in log order, then what else must be unknown (the id
--                        after the last one of an idempotency key)
--   p_types … p_commands per event; a null array stands for nulls
--   p_payload            data and metadata of the events, end to end, as the bytes to store; per event: where its data
--                        starts (from 1), the bytes of its data, the bytes of its metadata that follow (null: none)
--   p_wait               false: an append whose stream is locked elsewhere answers 'busy' instead of holding the others up
-- Returns one row: per append an outcome (ok, conflict, known, busy); per write the first version given and the version
-- found; per event its position (null where refused); per stream its slice; the recording time.
-- The planner settings keep every statement on its index whatever the statistics say: plans are cached while tables grow.
create function tidemark.append(
  p_streams text[], p_write_append integer[], p_write_stream integer[], p_write_expected bigint[], p_write_count integer[],
  p_ids uuid[], p_id_append integer[], p_types text[], p_schema_versions integer[], p_occurred timestamptz[],
  p_correlations text[], p_causations text[], p_actors text[], p_tenants text[], p_traceparents text[], p_commands text[],
  p_payload bytea, p_payload_from integer[], p_data_bytes integer[], p_metadata_bytes integer[], p_wait boolean,
  out outcomes text[], out from_versions bigint[], out actual_versions bigint[], out positions bigint[], out slices integer[],
  out recorded_at timestamptz
) language plpgsql security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off as $$
declare
  v_writes constant integer := cardinality(p_write_append);
  v_appends constant integer := p_write_append[v_writes];
  v_versions bigint[] := array_fill(0::bigint, array[cardinality(p_streams)]);
  v_firsts bigint[] := array_fill(null::bigint, array[cardinality(p_streams)]);
  v_lasts bigint[] := v_firsts;
  v_bytes bigint[] := v_versions;
  v_event_streams integer[];
  v_event_versions bigint[];
  v_known integer[];
  v_busy boolean[];
  v_locked integer := 0;
  v_first integer := 1;
  v_next integer;
  v_event integer := 0;
  v_stream integer;
  v_slice integer;
  v_name text;
  v_outcome text;
  v_accepted boolean := false;
  v_refused boolean := false;
  v_recorded_us bigint;
  r record;
begin
  if current_setting('synchronous_commit') = 'off' then
    raise exception 'synchronous_commit is off: appends are refused' using errcode = 'TM004',
      hint = 'A crash could lose acknowledged events and hand their positions out again. Set synchronous_commit to on.';
  end if;
  slices := array_fill(null::integer, array[cardinality(p_streams)]);

  -- 1. Lock the streams. With p_wait: make the rows of new streams, then lock all rows, both in the order of names, so that
  --    callers never wait in a circle. Without: wait for nobody, so the order is free and rows that exist come first.
  if p_wait then
    for r in select distinct p_streams[w.s] as name from unnest(p_write_stream, p_write_expected) as w(s, expected)
        where w.expected in (0, -2) and not exists (select from tidemark.streams known where known.stream = p_streams[w.s])
        order by 1 loop
      perform pg_advisory_xact_lock(tidemark.floor_tag(), hashtext(r.name));
      insert into tidemark.streams (stream, category, slice)
        values (r.name, split_part(r.name, '-', 1), (hashtextextended(r.name, 0) & 1023)::smallint) on conflict do nothing;
    end loop;
    for r in select i.ord, s.version, s.slice from (select * from unnest(p_streams) with ordinality as u(name, ord) order by name) i
        cross join lateral (select s.version, s.slice from tidemark.streams s where s.stream = i.name for no key update) s loop
      v_versions[r.ord] := r.version; slices[r.ord] := r.slice;
    end loop;
  else
    for r in select i.ord, s.version, s.slice from unnest(p_streams) with ordinality as i(name, ord)
        cross join lateral (select s.version, s.slice from tidemark.streams s where s.stream = i.name for no key update skip locked) s loop
      v_versions[r.ord] := r.version; slices[r.ord] := r.slice; v_locked := v_locked + 1;
    end loop;
    if v_locked < cardinality(p_streams) then
      v_busy := array_fill(false, array[cardinality(p_streams)]);
      for w in 1 .. v_writes loop
        v_stream := p_write_stream[w];
        if slices[v_stream] is null and not v_busy[v_stream] then
          v_name := p_streams[v_stream];
          -- Looked for first: an insert would wait for whoever is changing the row, even to do nothing.
          if exists (select from tidemark.streams s where s.stream = v_name) then
            v_busy[v_stream] := true;
          elsif p_write_expected[w] not in (0, -2) then
            null; -- there is no such stream, and this write does not make it
          elsif pg_try_advisory_xact_lock(tidemark.floor_tag(), hashtext(v_name)) then
            insert into tidemark.streams (stream, category, slice)
              values (v_name, split_part(v_name, '-', 1), (hashtextextended(v_name, 0) & 1023)::smallint)
              on conflict do nothing returning slice into v_slice;
            slices[v_stream] := v_slice;
            v_busy[v_stream] := v_slice is null;
          else
            v_busy[v_stream] := true;
          end if;
        end if;
      end loop;
    end if;
  end if;

  -- 2. Idempotency before the version check: a retry must get its first answer, not a conflict with itself.
  select array_agg(k.append) into v_known
    from unnest(p_ids, p_id_append) as k(id, append)
   cross join lateral (select from tidemark.events e where e.event_id = k.id limit 1) found;

  -- 3. Expected versions, append by append; a later append in the call sees what an earlier one was given.
  for a in 1 .. v_appends loop
    v_outcome := case when a = any (v_known) then 'known' else 'ok' end;
    v_next := v_first;
    while p_write_append[v_next] = a loop
      v_stream := p_write_stream[v_next];
      actual_versions[v_next] := v_versions[v_stream];
      from_versions[v_next] := null;
      if v_outcome = 'ok' then
        if v_busy[v_stream] then v_outcome := 'busy';
        elsif (p_write_expected[v_next] >= 0 and p_write_expected[v_next] <> v_versions[v_stream])
           or (p_write_expected[v_next] = -1 and v_versions[v_stream] = 0) then v_outcome := 'conflict';
        end if;
      end if;
      v_next := v_next + 1;
    end loop;
    outcomes[a] := v_outcome;
    if v_outcome = 'ok' then
      v_accepted := true;
      for w in v_first .. v_next - 1 loop
        v_stream := p_write_stream[w];
        from_versions[w] := v_versions[v_stream] + 1;
        v_versions[v_stream] := v_versions[v_stream] + p_write_count[w];
      end loop;
    else
      v_refused := true;
    end if;
    v_first := v_next;
  end loop;

  recorded_at := clock_timestamp();
  v_recorded_us := (extract(epoch from recorded_at) * 1000000)::bigint;
  if v_accepted then
    -- 4. The floor: no position at or below it can still appear from this transaction. Nobody takes this lock exclusively.
    if not pg_try_advisory_xact_lock_shared((tidemark.floor_tag()::bigint << 48)
         | coalesce(pg_sequence_last_value('tidemark.position_seq'), 0)) then
      raise exception 'the floor lock is taken exclusively by another session' using errcode = '55P03';
    end if;
    -- 5. Only now draw positions, insert, and move the streams on.
    for w in 1 .. v_writes loop
      v_stream := p_write_stream[w];
      for o in 0 .. p_write_count[w] - 1 loop
        v_event := v_event + 1;
        v_event_streams[v_event] := v_stream;
        if from_versions[w] is null then
          positions[v_event] := null;
          v_event_versions[v_event] := null;
        else
          positions[v_event] := nextval('tidemark.position_seq');
          v_event_versions[v_event] := from_versions[w] + o;
          v_lasts[v_stream] := positions[v_event];
          v_bytes[v_stream] := v_bytes[v_stream] + p_data_bytes[v_event];
          if v_firsts[v_stream] is null then v_firsts[v_stream] := positions[v_event]; end if;
        end if;
      end loop;
    end loop;
    insert into tidemark.events (position, version, recorded_at, occurred_at, schema_version, slice, event_id, stream, category, type,
                                 correlation_id, causation_id, actor, tenant, traceparent, leaf, data, metadata, command)
      select e.position, e.version, append.recorded_at, coalesce(e.at, append.recorded_at), e.schema_version, slices[e.s], e.id, e.stream,
             split_part(e.stream, '-', 1), e.type, e.correlation, e.causation, e.actor, e.tenant, e.traceparent,
             tidemark.leaf_hash(e.position, e.id, e.stream, e.version, e.type, e.schema_version, v_recorded_us,
               case when e.at is null then v_recorded_us else (extract(epoch from e.at) * 1000000)::bigint end,
               e.correlation, e.causation, e.actor, e.tenant, e.data, e.metadata),
             e.data::json, e.metadata::json, e.command::json
        from (select u.*, p_streams[u.s] as stream,
                     convert_from(substring(p_payload from u.start for u.data_bytes), 'UTF8') as data,
                     convert_from(substring(p_payload from u.start + u.data_bytes for u.metadata_bytes), 'UTF8') as metadata
                from unnest(positions, v_event_versions, v_event_streams, p_ids, p_types, p_schema_versions, p_occurred, p_correlations,
                            p_causations, p_actors, p_tenants, p_traceparents, p_commands, p_payload_from, p_data_bytes, p_metadata_bytes)
                     as u(position, version, s, id, type, schema_version, at, correlation,
                          causation, actor, tenant, traceparent, command, start, data_bytes, metadata_bytes)
               where u.position is not null
              offset 0) e; -- each payload is cut out once
    update tidemark.streams s
       set version = u.version, first_position = coalesce(s.first_position, u.first), last_position = u.last,
           bytes = s.bytes + u.bytes, updated_at = append.recorded_at
      from unnest(p_streams, v_versions, v_firsts, v_lasts, v_bytes) as u(name, version, first, last, bytes)
     where u.last is not null and s.stream = u.name;
  end if;
  if v_refused then
    delete from tidemark.streams s where s.stream = any (p_streams) and s.version = 0;
  end if;
end $$;
--> statement-breakpoint
-- Moves the mark to what can no longer change. Each statement takes its own view, in this order: a position drawn
-- before `head` was read had its floor locked by then, so if the scan misses the lock its transaction has ended.
create function tidemark.advance_high_water(p_agent text, out head bigint, out safe bigint, out previous bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare v_floor bigint;
begin
  select case when is_called then last_value else 0 end into head from tidemark.position_seq;
  select min(((classid::bigint & 65535) << 32) | objid::bigint) into v_floor from pg_locks
   where locktype = 'advisory' and objsubid = 1 and granted and (classid::bigint >> 16) = tidemark.floor_tag()
     and database = (select oid from pg_database where datname = current_database());
  safe := least(head, coalesce(v_floor, head));
  select position into previous from tidemark.high_water;
  update tidemark.high_water h
     set position = greatest(h.position, safe), checked_at = clock_timestamp(), agent = p_agent,
         moved_at = case when h.position < safe then clock_timestamp() else h.moved_at end
   where h.position < safe or h.checked_at is null or h.checked_at < clock_timestamp() - interval '200 milliseconds' or h.agent is distinct from p_agent;
  safe := greatest(safe, previous);
end $$;
--> statement-breakpoint
revoke all on function tidemark.append(text[], integer[], integer[], bigint[], integer[], uuid[], integer[], text[], integer[], timestamptz[],
  text[], text[], text[], text[], text[], text[], bytea, integer[], integer[], integer[], boolean) from public;
--> statement-breakpoint
revoke all on function tidemark.advance_high_water(text) from public;
--> statement-breakpoint
grant execute on function tidemark.append(text[], integer[], integer[], bigint[], integer[], uuid[], integer[], text[], integer[], timestamptz[],
  text[], text[], text[], text[], text[], text[], bytea, integer[], integer[], integer[], boolean),
  tidemark.advance_high_water(text), tidemark.floor_tag() to tidemark_app;

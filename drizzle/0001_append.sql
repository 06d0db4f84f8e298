-- Appending and the high-water mark. The order of the steps in both functions is the proof that no reader
-- skips an event or sees a stream out of order; docs/decisions/0001-global-order.md walks through it.

-- The advisory key that names a lower bound of the positions an open transaction may still draw.
-- 15 bits of tag keep stores in one database apart; a clash of tags can only hold a mark back, never lose an event.
create function tidemark.floor_tag() returns integer language sql immutable parallel safe as
$$ select (hashtext('tidemark.floor') & 32767) $$;
--> statement-breakpoint
-- The leaf of an event: SHA-256 over 0x00 and the UTF-8 text of a JSON array, which is injective without length prefixes.
-- Times are whole microseconds since 1970. Payloads enter as the bytes that are stored. Format 1; docs/decisions/0003-bytes-are-kept.md.
create function tidemark.leaf_hash(p_position bigint, p_id uuid, p_stream text, p_version bigint, p_type text, p_schema_version integer,
  p_recorded_us bigint, p_occurred_us bigint, p_correlation text, p_causation text, p_actor text, p_tenant text, p_data json, p_metadata json
) returns bytea language sql stable parallel safe as $$
  select sha256('\x00'::bytea || convert_to(json_build_array(1, p_position, p_id, p_stream, p_version, p_type, p_schema_version,
    p_recorded_us, p_occurred_us, p_correlation, p_causation, p_actor, p_tenant, p_data, p_metadata)::text, 'UTF8'))
$$;
--> statement-breakpoint
-- The lock that stands for a stream that has no row yet. Two keys, so that it is never mistaken for a floor; two names
-- with one hash wait for each other, nothing worse.
create function tidemark.new_stream_key(p_stream text) returns integer language sql immutable parallel safe as
$$ select hashtext(p_stream) $$;
--> statement-breakpoint
-- Appends many independent appends in one transaction and gives each its own outcome.
--   p_streams          distinct stream names
--   p_write_append     per write: the append it belongs to (1-based, ascending); an append is all or nothing
--   p_write_stream     per write: index into p_streams; an append names a stream once
--   p_write_expected   per write: n exact, 0 none, -1 exists, -2 any
--   p_write_count      per write: number of its events
--   p_event_append     per id in p_event_ids: the append that must not find it
--   p_event_ids        ids that must be unknown (events, and the id after the last of an idempotency key)
--   p_events           json array in log order: w write, o place in the write (0-based), id, t type, v schema version,
--                      d data, m metadata, at occurred, co correlation, ca causation, by actor, te tenant, tp traceparent,
--                      c command; x instead of d: an array of the data alone, for a text that json_to_recordset would alter
--                      (null, and a lone string with escapes)
--   p_wait             false: an append whose stream is locked elsewhere answers 'busy' instead of holding the others up
-- Returns one row: per append an outcome (ok, conflict, known, busy); per write the first version given and the version
-- found; per event of p_events its position (null where refused); per stream its slice; the recording time.
-- The planner settings keep every statement on its index whatever the statistics say: plans are cached while tables grow.
create function tidemark.append(
  p_streams text[], p_write_append integer[], p_write_stream integer[], p_write_expected bigint[], p_write_count integer[],
  p_event_append integer[], p_event_ids uuid[], p_events json, p_wait boolean,
  out outcomes text[], out from_versions bigint[], out actual_versions bigint[], out positions bigint[], out slices integer[],
  out recorded_at timestamptz
) language plpgsql security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off as $$
declare
  v_versions bigint[] := array_fill(0::bigint, array[cardinality(p_streams)]);
  v_locked integer := 0;
  v_first integer := 1;
  v_next integer;
  v_outcome text;
  v_stream integer;
  v_accepted boolean := false;
  v_refused boolean := false;
  v_appends integer := p_write_append[cardinality(p_write_append)];
  v_known integer[];
  v_busy integer[] := '{}';
  v_slice integer;
  v_recorded_us bigint;
  r record;
begin
  if current_setting('synchronous_commit') = 'off' then
    raise exception 'synchronous_commit is off: appends are refused' using errcode = 'TM004',
      hint = 'A crash could lose acknowledged events and hand their positions out again. Set synchronous_commit to on.';
  end if;
  outcomes := array_fill('ok'::text, array[v_appends]);
  from_versions := array_fill(null::bigint, array[cardinality(p_write_append)]);
  actual_versions := from_versions;
  slices := array_fill(null::integer, array[cardinality(p_streams)]);

  -- 1. Lock the streams. With p_wait: make the rows of new streams, then lock all rows, both in the order of names, so that
  --    callers never wait in a circle. Without: wait for nobody, so the order is free and rows that exist come first.
  if p_wait then
    for r in select distinct p_streams[w.s] as name from unnest(p_write_stream, p_write_expected) as w(s, expected)
        where w.expected in (0, -2) and not exists (select from tidemark.streams known where known.stream = p_streams[w.s])
        order by 1 loop
      perform pg_advisory_xact_lock(tidemark.floor_tag(), tidemark.new_stream_key(r.name));
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
      for r in select i.ord, i.name, bool_or(w.expected in (0, -2)) as may_be_new,
                 exists (select from tidemark.streams s where s.stream = i.name) as known
            from unnest(p_streams) with ordinality as i(name, ord)
            join unnest(p_write_stream, p_write_expected) as w(s, expected) on w.s = i.ord
           where slices[i.ord] is null group by i.ord, i.name loop
        if r.known then v_busy := v_busy || r.ord::integer;
        elsif r.may_be_new then
          if pg_try_advisory_xact_lock(tidemark.floor_tag(), tidemark.new_stream_key(r.name)) then
            insert into tidemark.streams (stream, category, slice)
              values (r.name, split_part(r.name, '-', 1), (hashtextextended(r.name, 0) & 1023)::smallint)
              on conflict do nothing returning slice into v_slice;
            slices[r.ord] := v_slice;
          end if;
          if slices[r.ord] is null then v_busy := v_busy || r.ord::integer; end if;
        end if;
      end loop;
    end if;
  end if;

  -- 2. Idempotency before the version check: a retry must get its first answer, not a conflict with itself.
  select array_agg(k.append) into v_known
    from unnest(p_event_ids, p_event_append) as k(id, append)
   cross join lateral (select from tidemark.events e where e.event_id = k.id limit 1) found;

  -- 3. Expected versions, append by append; a later append in the call sees what an earlier one was given.
  for a in 1 .. v_appends loop
    v_outcome := case when a = any (v_known) then 'known' else 'ok' end;
    v_next := v_first;
    while v_next <= cardinality(p_write_append) and p_write_append[v_next] = a loop
      v_stream := p_write_stream[v_next];
      actual_versions[v_next] := v_versions[v_stream];
      if v_outcome = 'ok' then
        if v_stream = any (v_busy) then v_outcome := 'busy';
        elsif (p_write_expected[v_next] >= 0 and p_write_expected[v_next] <> v_versions[v_stream])
           or (p_write_expected[v_next] = -1 and v_versions[v_stream] = 0) then v_outcome := 'conflict';
        end if;
      end if;
      v_next := v_next + 1;
    end loop;
    if v_outcome = 'ok' then
      v_accepted := true;
      for w in v_first .. v_next - 1 loop
        v_stream := p_write_stream[w];
        from_versions[w] := v_versions[v_stream] + 1;
        v_versions[v_stream] := v_versions[v_stream] + p_write_count[w];
      end loop;
    else
      v_refused := true;
      outcomes[a] := v_outcome;
    end if;
    v_first := v_next;
  end loop;

  recorded_at := clock_timestamp();
  v_recorded_us := (extract(epoch from recorded_at) * 1000000)::bigint;
  if v_accepted then
    -- 4. The floor: no position at or below it can still appear from this transaction.
    perform pg_advisory_xact_lock_shared((tidemark.floor_tag()::bigint << 48)
      | (select case when is_called then last_value else 0 end from tidemark.position_seq));
    -- 5. Only now draw positions, insert, and move the streams on.
    with drawn as (
      select nextval('tidemark.position_seq') as position, e.ord, e.w, e.o, e.id, e.t, e.v, coalesce(e.d, e.x -> 0) as d, e.m,
             e.at, e.co, e.ca, e.by, e.te, e.tp, e.c, p_write_stream[e.w] as s
        from rows from (json_to_recordset(p_events) as (w integer, o integer, id uuid, t text, v integer, d json, x json, m json,
               at timestamptz, co text, ca text, by text, te text, tp text, c json)) with ordinality
               as e(w, o, id, t, v, d, x, m, at, co, ca, by, te, tp, c, ord)
       where from_versions[e.w] is not null
    ), inserted as (
      insert into tidemark.events (position, version, recorded_at, occurred_at, schema_version, slice, event_id, stream, category, type,
                                   correlation_id, causation_id, actor, tenant, traceparent, leaf, data, metadata, command)
        select d.position, from_versions[d.w] + d.o, append.recorded_at, coalesce(d.at, append.recorded_at), d.v, slices[d.s], d.id,
               p_streams[d.s], split_part(p_streams[d.s], '-', 1), d.t, d.co, d.ca, d.by, d.te, d.tp,
               tidemark.leaf_hash(d.position, d.id, p_streams[d.s], from_versions[d.w] + d.o, d.t, d.v, v_recorded_us,
                 case when d.at is null then v_recorded_us else (extract(epoch from d.at) * 1000000)::bigint end,
                 d.co, d.ca, d.by, d.te, d.d, d.m), d.d, d.m, d.c
          from drawn d
        returning stream, position, version, octet_length(data::text) as bytes
    ), moved as (
      update tidemark.streams s
         set version = i.version, first_position = coalesce(s.first_position, i.first_position), last_position = i.last_position,
             bytes = s.bytes + i.bytes, updated_at = append.recorded_at
        from (select stream, max(version) as version, min(position) as first_position, max(position) as last_position, sum(bytes) as bytes
                from inserted group by stream) i
       where s.stream = i.stream
    )
    select array_agg(d.position order by e.ord) into positions
      from generate_series(1, json_array_length(p_events)) as e(ord) left join drawn d on d.ord = e.ord;
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
revoke all on function tidemark.append(text[], integer[], integer[], bigint[], integer[], integer[], uuid[], json, boolean) from public;
--> statement-breakpoint
revoke all on function tidemark.advance_high_water(text) from public;
--> statement-breakpoint
grant execute on function tidemark.append(text[], integer[], integer[], bigint[], integer[], integer[], uuid[], json, boolean),
  tidemark.advance_high_water(text), tidemark.floor_tag(), tidemark.new_stream_key(text) to tidemark_app;

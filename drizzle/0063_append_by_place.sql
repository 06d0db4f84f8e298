-- `append` (0011) looks for the values of an event where they are; unnesting fifteen arrays side by side copied each of them.
create or replace function tidemark.append(
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
          -- Arrays by place, as in `import_events`: unnested side by side, each value would be copied once more.
          from (select nextval('tidemark.position_seq') as position, from_versions[p_event_write[o]] + p_event_place[o] as version,
                       p_streams[p_write_stream[p_event_write[o]]] as stream, slices[p_write_stream[p_event_write[o]]] as slice,
                       p_ids[o] as id, p_types[o] as type, p_schema_versions[o] as schema_version, p_occurred[o] as at,
                       p_correlations[o] as correlation, p_causations[o] as causation, p_actors[o] as actor, p_tenants[o] as tenant,
                       p_traceparents[o] as traceparent, p_commands[o] as command,
                       convert_from(substring(p_payload from p_payload_from[o] for p_data_bytes[o]), 'UTF8') as data,
                       convert_from(substring(p_payload from p_payload_from[o] + p_data_bytes[o] for p_metadata_bytes[o]), 'UTF8') as metadata
                  from generate_series(1, cardinality(p_ids)) as o
                 where from_versions[p_event_write[o]] is not null
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

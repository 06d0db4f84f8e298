-- Made from the catalogue by lib/testing/house/schema.pg.test.ts; run it with -u to renew.

-- Tables and columns
tidemark.consumer_batches
  id bigint not null generated always as identity
  consumer text not null
  partition integer not null
  epoch bigint not null
  from_position bigint not null
  to_position bigint not null
  events integer not null
  read_at timestamp with time zone not null
  committed_at timestamp with time zone not null default clock_timestamp()
  worker text not null
  traceparent text
tidemark.consumer_partitions with (fillfactor=50)
  consumer text not null
  partition integer not null
  slice_from integer not null
  slice_to integer not null
  checkpoint bigint not null default 0
  checkpoint_at timestamp with time zone not null default clock_timestamp()
  epoch bigint not null default 0
  owner text
  lease_expires_at timestamp with time zone
  attempts integer not null default 0
  error json
  error_at timestamp with time zone
  next_attempt_at timestamp with time zone
tidemark.consumers
  name text not null
  kind text not null
  mode text not null
  style text not null
  version integer not null
  generation integer not null default 1
  partitions integer not null
  types text[] not null
  state text not null default 'running'::text
  state_reason text
  state_by text
  state_at timestamp with time zone not null default clock_timestamp()
  slo_ms integer not null default 10000
  created_at timestamp with time zone not null default clock_timestamp()
  registered_at timestamp with time zone not null default clock_timestamp()
tidemark.duties
  name text not null
  owner text
  epoch bigint not null default 0
  lease_expires_at timestamp with time zone
tidemark.events
  position bigint not null
  version bigint not null
  recorded_at timestamp with time zone not null
  occurred_at timestamp with time zone not null
  schema_version integer not null
  slice smallint not null
  event_id uuid not null
  stream text collate "C" not null
  category text collate "C" not null
  type text collate "C" not null
  correlation_id text collate "C" not null
  causation_id text collate "C"
  actor text collate "C"
  tenant text collate "C"
  traceparent text
  leaf bytea not null
  data json not null
  metadata json
  command json
tidemark.high_water with (fillfactor=50)
  id boolean not null default true
  position bigint not null default 0
  moved_at timestamp with time zone not null default clock_timestamp()
  checked_at timestamp with time zone
  agent text
tidemark.lag_samples
  consumer text not null
  at timestamp with time zone not null default clock_timestamp()
  age_ms double precision
  events bigint
  checkpoint bigint not null
  high_water bigint not null
tidemark.migrations
  id integer not null default nextval('tidemark.migrations_id_seq'::regclass)
  hash text not null
  created_at bigint
tidemark.sessions
  token_hash bytea not null
  principal text not null
  role text not null
  created_at timestamp with time zone not null default clock_timestamp()
  expires_at timestamp with time zone not null
  seen_at timestamp with time zone not null default clock_timestamp()
tidemark.sign_in_links
  token_hash bytea not null
  created_at timestamp with time zone not null default clock_timestamp()
  expires_at timestamp with time zone not null
  used_at timestamp with time zone
tidemark.snapshots
  stream text collate "C" not null
  kind text not null
  schema_hash text not null
  version bigint not null
  state json not null
  taken_at timestamp with time zone not null default clock_timestamp()
tidemark.streams with (fillfactor=75)
  version bigint not null default 0
  first_position bigint
  last_position bigint
  bytes bigint not null default 0
  created_at timestamp with time zone not null default clock_timestamp()
  updated_at timestamp with time zone not null default clock_timestamp()
  slice smallint not null
  stream text collate "C" not null
  category text collate "C" not null
  tenant text collate "C"
tidemark.traffic
  id boolean not null default true
  state text not null default 'stopped'::text
  rate_per_second double precision not null default 4
  settings json not null default '{}'::json
  changed_by text
  changed_at timestamp with time zone not null default clock_timestamp()
  seen_at timestamp with time zone
  commands bigint not null default 0
  rejections bigint not null default 0
  conflicts bigint not null default 0
tidemark.workers
  id text not null
  host text not null
  pid integer not null
  started_at timestamp with time zone not null default clock_timestamp()
  seen_at timestamp with time zone not null default clock_timestamp()
  stopped_at timestamp with time zone

-- Constraints
tidemark.consumer_batches: PRIMARY KEY (id)
tidemark.consumer_partitions: CHECK (((slice_from >= 0) AND (slice_to <= 1024) AND (slice_from < slice_to)))
tidemark.consumer_partitions: FOREIGN KEY (consumer) REFERENCES tidemark.consumers(name) ON DELETE CASCADE
tidemark.consumer_partitions: PRIMARY KEY (consumer, partition)
tidemark.consumers: CHECK (((partitions >= 1) AND (partitions <= 1024)))
tidemark.consumers: CHECK ((kind = ANY (ARRAY['projection'::text, 'process'::text, 'relay'::text])))
tidemark.consumers: CHECK ((mode = ANY (ARRAY['async'::text, 'inline'::text])))
tidemark.consumers: CHECK ((state = ANY (ARRAY['running'::text, 'paused'::text])))
tidemark.consumers: CHECK ((style = ANY (ARRAY['fold'::text, 'handler'::text])))
tidemark.consumers: PRIMARY KEY (name)
tidemark.duties: PRIMARY KEY (name)
tidemark.events: CHECK ((octet_length(leaf) = 32))
tidemark.events: CHECK ((schema_version > 0))
tidemark.events: CHECK ((version > 0))
tidemark.events: PRIMARY KEY ("position")
tidemark.high_water: CHECK (id)
tidemark.high_water: PRIMARY KEY (id)
tidemark.lag_samples: PRIMARY KEY (consumer, at)
tidemark.migrations: PRIMARY KEY (id)
tidemark.sessions: CHECK ((role = ANY (ARRAY['viewer'::text, 'operator'::text, 'privacy-officer'::text, 'admin'::text])))
tidemark.sessions: PRIMARY KEY (token_hash)
tidemark.sign_in_links: PRIMARY KEY (token_hash)
tidemark.snapshots: CHECK ((version > 0))
tidemark.snapshots: PRIMARY KEY (stream, kind, schema_hash)
tidemark.streams: CHECK (((octet_length(stream) >= 1) AND (octet_length(stream) <= 512)))
tidemark.streams: CHECK (((slice >= 0) AND (slice <= 1023)))
tidemark.streams: CHECK ((version >= 0))
tidemark.streams: PRIMARY KEY (stream)
tidemark.traffic: CHECK (((rate_per_second > (0)::double precision) AND (rate_per_second <= (1000)::double precision)))
tidemark.traffic: CHECK ((state = ANY (ARRAY['running'::text, 'stopped'::text])))
tidemark.traffic: CHECK (id)
tidemark.traffic: PRIMARY KEY (id)
tidemark.workers: PRIMARY KEY (id)

-- Indexes
CREATE INDEX consumer_batches_reach ON tidemark.consumer_batches USING btree (consumer, partition, to_position)
CREATE INDEX consumer_batches_time ON tidemark.consumer_batches USING btree (committed_at)
CREATE INDEX events_category ON tidemark.events USING btree (category, "position")
CREATE INDEX events_correlation ON tidemark.events USING btree (correlation_id, "position")
CREATE INDEX events_type ON tidemark.events USING btree (type, "position")
CREATE INDEX streams_category ON tidemark.streams USING btree (category, stream)
CREATE UNIQUE INDEX consumer_batches_pkey ON tidemark.consumer_batches USING btree (id)
CREATE UNIQUE INDEX consumer_partitions_pkey ON tidemark.consumer_partitions USING btree (consumer, partition)
CREATE UNIQUE INDEX consumers_pkey ON tidemark.consumers USING btree (name)
CREATE UNIQUE INDEX duties_pkey ON tidemark.duties USING btree (name)
CREATE UNIQUE INDEX events_event_id ON tidemark.events USING btree (event_id)
CREATE UNIQUE INDEX events_pkey ON tidemark.events USING btree ("position")
CREATE UNIQUE INDEX events_stream_version ON tidemark.events USING btree (stream, version)
CREATE UNIQUE INDEX high_water_pkey ON tidemark.high_water USING btree (id)
CREATE UNIQUE INDEX lag_samples_pkey ON tidemark.lag_samples USING btree (consumer, at)
CREATE UNIQUE INDEX migrations_pkey ON tidemark.migrations USING btree (id)
CREATE UNIQUE INDEX sessions_pkey ON tidemark.sessions USING btree (token_hash)
CREATE UNIQUE INDEX sign_in_links_pkey ON tidemark.sign_in_links USING btree (token_hash)
CREATE UNIQUE INDEX snapshots_pkey ON tidemark.snapshots USING btree (stream, kind, schema_hash)
CREATE UNIQUE INDEX streams_pkey ON tidemark.streams USING btree (stream)
CREATE UNIQUE INDEX traffic_pkey ON tidemark.traffic USING btree (id)
CREATE UNIQUE INDEX workers_pkey ON tidemark.workers USING btree (id)

-- Sequences
tidemark.consumer_batches_id_seq as bigint start 1 increment 1 cache 1
tidemark.migrations_id_seq as integer start 1 increment 1 cache 1
tidemark.position_seq as bigint start 1 increment 1 cache 1

-- Triggers
CREATE TRIGGER events_append_only BEFORE DELETE OR UPDATE ON tidemark.events FOR EACH ROW EXECUTE FUNCTION tidemark.refuse_change()
CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON tidemark.events FOR EACH STATEMENT EXECUTE FUNCTION tidemark.refuse_change()

-- Functions
CREATE OR REPLACE FUNCTION tidemark.advance_high_water(p_agent text, OUT head bigint, OUT safe bigint, OUT previous bigint)
 RETURNS record
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
end $function$
CREATE OR REPLACE FUNCTION tidemark.append(p_streams text[], p_write_append integer[], p_write_stream integer[], p_write_expected bigint[], p_write_count integer[], p_event_append integer[], p_event_ids uuid[], p_events json, p_wait boolean, OUT outcomes text[], OUT from_versions bigint[], OUT actual_versions bigint[], OUT positions bigint[], OUT recorded_at timestamp with time zone)
 RETURNS record
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
declare
  v_versions bigint[] := array_fill(0::bigint, array[cardinality(p_streams)]);
  v_slices smallint[] := array_fill(null::smallint, array[cardinality(p_streams)]);
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
  v_recorded_us bigint;
  r record;
begin
  outcomes := array_fill('ok'::text, array[v_appends]);
  from_versions := array_fill(null::bigint, array[cardinality(p_write_append)]);
  actual_versions := from_versions;

  -- 1. Make the rows of new streams, then lock all rows, both in the order of names so that callers never wait in a circle.
  insert into tidemark.streams (stream, category, slice)
    select distinct p_streams[w.s], split_part(p_streams[w.s], '-', 1), (hashtextextended(p_streams[w.s], 0) & 1023)::smallint
      from unnest(p_write_stream, p_write_expected) as w(s, expected)
     where w.expected in (0, -2)
       and not exists (select from tidemark.streams known where known.stream = p_streams[w.s])
     order by 1
    on conflict do nothing;
  if p_wait then
    for r in select i.ord, s.version, s.slice from unnest(p_streams) with ordinality as i(name, ord)
        join tidemark.streams s on s.stream = i.name order by s.stream for no key update of s loop
      v_versions[r.ord] := r.version; v_slices[r.ord] := r.slice; v_locked := v_locked + 1;
    end loop;
  else
    for r in select i.ord, s.version, s.slice from unnest(p_streams) with ordinality as i(name, ord)
        join tidemark.streams s on s.stream = i.name order by s.stream for no key update of s skip locked loop
      v_versions[r.ord] := r.version; v_slices[r.ord] := r.slice; v_locked := v_locked + 1;
    end loop;
    if v_locked < cardinality(p_streams) then
      select coalesce(array_agg(i.ord), '{}') into v_busy from unnest(p_streams) with ordinality as i(name, ord)
        where v_slices[i.ord] is null and exists (select from tidemark.streams s where s.stream = i.name);
    end if;
  end if;

  -- 2. Idempotency before the version check: a retry must get its first answer, not a conflict with itself.
  select coalesce(array_agg(distinct k.append), '{}') into v_known
    from unnest(p_event_ids, p_event_append) as k(id, append)
   where exists (select from tidemark.events e where e.event_id = k.id);

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
      select nextval('tidemark.position_seq') as position, e.ord, e.w, e.o, e.id, e.t, e.v, e.d, e.m, e.at, e.co, e.ca, e.by, e.te, e.tp, e.c,
             p_write_stream[e.w] as s
        from rows from (json_to_recordset(p_events) as (w integer, o integer, id uuid, t text, v integer, d json, m json,
               at timestamptz, co text, ca text, by text, te text, tp text, c json)) with ordinality
               as e(w, o, id, t, v, d, m, at, co, ca, by, te, tp, c, ord)
       where from_versions[e.w] is not null
    ), inserted as (
      insert into tidemark.events (position, version, recorded_at, occurred_at, schema_version, slice, event_id, stream, category, type,
                                   correlation_id, causation_id, actor, tenant, traceparent, leaf, data, metadata, command)
        select d.position, from_versions[d.w] + d.o, append.recorded_at, coalesce(d.at, append.recorded_at), d.v, v_slices[d.s], d.id,
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
end $function$
CREATE OR REPLACE FUNCTION tidemark.floor_tag()
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$ select (hashtext('tidemark.floor') & 32767) $function$
CREATE OR REPLACE FUNCTION tidemark.leaf_hash(p_position bigint, p_id uuid, p_stream text, p_version bigint, p_type text, p_schema_version integer, p_recorded_us bigint, p_occurred_us bigint, p_correlation text, p_causation text, p_actor text, p_tenant text, p_data json, p_metadata json)
 RETURNS bytea
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  select sha256('\x00'::bytea || convert_to(json_build_array(1, p_position, p_id, p_stream, p_version, p_type, p_schema_version,
    p_recorded_us, p_occurred_us, p_correlation, p_causation, p_actor, p_tenant, p_data, p_metadata)::text, 'UTF8'))
$function$
CREATE OR REPLACE FUNCTION tidemark.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'events are append-only: % is refused', tg_op using errcode = 'TM003',
    hint = 'Record a new event that corrects the old one.';
end $function$

-- Privileges of the application and of everybody
function tidemark.advance_high_water(text): tidemark_app EXECUTE
function tidemark.append(text[],integer[],integer[],bigint[],integer[],integer[],uuid[],json,boolean): tidemark_app EXECUTE
function tidemark.floor_tag(): public EXECUTE
function tidemark.floor_tag(): tidemark_app EXECUTE
function tidemark.leaf_hash(bigint,uuid,text,bigint,text,integer,bigint,bigint,text,text,text,text,json,json): public EXECUTE
function tidemark.refuse_change(): public EXECUTE
schema tidemark: tidemark_app USAGE
schema tidemark_read: tidemark_app CREATE, USAGE
table tidemark.consumer_batches: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.consumer_partitions: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.consumers: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.duties: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.events: tidemark_app SELECT
table tidemark.high_water: tidemark_app SELECT
table tidemark.lag_samples: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.position_seq: tidemark_app SELECT
table tidemark.sessions: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.sign_in_links: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.snapshots: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.streams: tidemark_app SELECT
table tidemark.traffic: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.workers: tidemark_app DELETE, INSERT, SELECT, UPDATE

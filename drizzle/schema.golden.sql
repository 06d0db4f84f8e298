-- Made from the catalogue by lib/testing/house/schema.pg.test.ts; run it with -u to renew.

-- Tables and columns
tidemark.alert_attempts
  delivery bigint not null
  attempt integer not null
  begun_at timestamp with time zone not null default clock_timestamp()
  ended_at timestamp with time zone
  owner text not null
  status integer
  error text
tidemark.alert_channels
  id bigint not null generated always as identity
  name text not null
  kind text not null
  shown text not null
  secret json not null
  least_severity text not null
  states text[] not null
  enabled boolean not null default true
  changed_by text not null
  changed_at timestamp with time zone not null default clock_timestamp()
tidemark.alert_deliveries with (fillfactor=70)
  id bigint not null generated always as identity
  message_id uuid not null default gen_random_uuid()
  channel bigint not null
  alert bigint
  seq integer
  body json not null
  state text not null default 'waiting'::text
  attempts integer not null default 0
  next_attempt_at timestamp with time zone not null default clock_timestamp()
  owner text
  lease_expires_at timestamp with time zone
  status integer
  error text
  created_at timestamp with time zone not null default clock_timestamp()
  ended_at timestamp with time zone
  attempts_before integer not null default 0
tidemark.alert_settings
  rule text not null
  setting text not null
  value double precision not null
  changed_by text not null
  changed_at timestamp with time zone not null default clock_timestamp()
tidemark.alert_silences
  rule text not null
  subject text not null
  until timestamp with time zone not null
  reason text not null
  silenced_by text not null
  silenced_at timestamp with time zone not null default clock_timestamp()
tidemark.alert_transitions
  alert bigint not null
  seq integer not null
  at timestamp with time zone not null default clock_timestamp()
  from_state text
  to_state text not null
  severity text not null
  value double precision not null
  cause json not null
  by text not null
  reason text
  epoch bigint
  title text
tidemark.alert_watch
  id boolean not null default true
  evaluated_at timestamp with time zone
  evaluated_by text
  epoch bigint not null default 0
  took_ms double precision
  blind text[] not null default '{}'::text[]
tidemark.alerts with (fillfactor=70)
  id bigint not null generated always as identity
  rule text not null
  subject text not null
  severity text not null
  state text not null
  title text not null
  cause json not null
  value double precision not null
  fired_value double precision
  worst_value double precision not null
  started_at timestamp with time zone not null
  seen_at timestamp with time zone not null
  fine_since timestamp with time zone
  fired_at timestamp with time zone
  resolved_at timestamp with time zone
  changed_by text
  change_reason text
  seq integer not null default 0
tidemark.append_counts with (fillfactor=70)
  minute timestamp with time zone not null
  writer text not null
  appends bigint not null
  conflicts bigint not null
  stream text collate "C"
tidemark.checkpoint_notes
  size bigint not null
  position bigint not null
  root bytea not null
  note text not null
  signed_at timestamp with time zone not null default clock_timestamp()
  key integer not null
tidemark.checkpoint_witnesses
  name text not null
  size bigint
  published_at timestamp with time zone
  failures integer not null default 0
  error text
  next_at timestamp with time zone not null default clock_timestamp()
  seen_at timestamp with time zone not null default clock_timestamp()
tidemark.command_log
  seq bigint not null generated always as identity
  id uuid not null
  handled_at timestamp with time zone not null
  category text not null
  command text not null
  stream text collate "C" not null
  actor text
  tenant text
  correlation_id text collate "C" not null
  causation_id text
  outcome text not null
  code text
  attempts integer not null
  asked integer not null default 1
  duration_us bigint not null
  version bigint
  written json not null
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
  generation integer not null default 1
tidemark.consumer_generations
  consumer text not null
  generation integer not null
  version integer not null
  style text not null
  partitions integer not null
  types text[] not null
  state text not null
  created_by text not null default 'register'::text
  created_at timestamp with time zone not null default clock_timestamp()
  live_at timestamp with time zone
  retired_at timestamp with time zone
  scope json
  epoch bigint not null default 0
  replay_until bigint
  replayed json
  paused boolean not null default false
  compared json
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
  generation integer not null default 1
  stop_at bigint
  stop_since timestamp with time zone
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
tidemark.cooling_off
  id smallint not null default 1
  minutes integer not null
  changed_by text not null
  changed_at timestamp with time zone not null default clock_timestamp()
tidemark.dead_letter_groups
  fingerprint text not null
  assignee text
  assigned_by text
  assigned_at timestamp with time zone
  snoozed_at timestamp with time zone
  snoozed_by text
  snoozed_until timestamp with time zone
  snoozed_builds text[]
  touched_at timestamp with time zone not null default clock_timestamp()
tidemark.dead_letters
  id bigint not null generated always as identity
  consumer text not null
  generation integer not null
  stream text not null
  slice integer not null
  version bigint not null
  position bigint not null
  event_id uuid not null
  type text not null
  blocks boolean not null
  state text not null
  fingerprint text not null
  error json not null
  build text not null
  attempts integer not null default 1
  first_at timestamp with time zone not null default clock_timestamp()
  last_at timestamp with time zone not null default clock_timestamp()
  next_attempt_at timestamp with time zone
  wanted text
  wanted_by text
  wanted_at timestamp with time zone
  reason text
  ticket text
  outcome text
  through bigint
  closed_at timestamp with time zone
tidemark.duties
  name text not null
  owner text
  epoch bigint not null default 0
  lease_expires_at timestamp with time zone
tidemark.event_versions with (fillfactor=50)
  type text collate "C" not null
  schema_version integer not null
  events bigint not null
  first_position bigint not null
  last_position bigint not null
  first_at timestamp with time zone not null
  last_at timestamp with time zone not null
tidemark.event_versions_mark with (fillfactor=50)
  id boolean not null default true
  position bigint not null default 0
  counted_at timestamp with time zone not null default clock_timestamp()
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
tidemark.exports
  run bigint not null
  format text not null
  file text not null
  masked boolean not null
  up_to bigint not null
  events bigint
  bytes bigint
  sha256 text
  finished_at timestamp with time zone
  expires_at timestamp with time zone
  removed_at timestamp with time zone
  subject text
  folder text
tidemark.former_partitions
  consumer text not null
  generation integer not null
  partition integer not null
  slice_from integer not null
  slice_to integer not null
  ended_at timestamp with time zone not null default clock_timestamp()
tidemark.high_water with (fillfactor=50)
  id boolean not null default true
  position bigint not null default 0
  moved_at timestamp with time zone not null default clock_timestamp()
  checked_at timestamp with time zone
  agent text
tidemark.history_alarms
  id bigint not null generated always as identity
  run bigint
  found_at timestamp with time zone not null default clock_timestamp()
  faults bigint not null
  first_position bigint
  last_position bigint
  what text not null
  held_note text
  settled_at timestamp with time zone
  settled_by text
  settled_reason text
tidemark.import_refusals
  run bigint not null
  line bigint not null
  reason text not null
  message text not null
tidemark.imports with (fillfactor=70)
  run bigint not null
  lines bigint not null default 0
  digest text
  blank bigint not null default 0
  refused bigint not null default 0
  appended bigint not null default 0
  first_position bigint
  last_position bigint
tidemark.lag_history
  consumer text not null
  seconds integer not null
  at timestamp with time zone not null
  age_ms double precision
  events bigint
  behind bigint
  handled bigint not null
  working_p50_ms double precision
  working_p95_ms double precision
  working_p99_ms double precision
tidemark.lag_samples
  consumer text not null
  at timestamp with time zone not null default clock_timestamp()
  age_ms double precision
  events bigint
  checkpoint bigint not null
  high_water bigint not null
tidemark.legal_holds
  id uuid not null
  tenant text collate "C"
  subject text collate "C" not null
  reason text not null
  ticket text
  set_by text not null
  set_at timestamp with time zone not null default clock_timestamp()
  released_by text
  released_reason text
  released_at timestamp with time zone
tidemark.merkle_tiles
  level smallint not null
  index bigint not null
  width integer not null
  first_position bigint not null
  last_position bigint not null
  root bytea
  hashes bytea not null
  positions bigint[]
tidemark.migrations
  id integer not null default nextval('tidemark.migrations_id_seq'::regclass)
  hash text not null
  created_at bigint
tidemark.process_commands
  id uuid not null
  seq bigint not null generated always as identity
  process text not null
  instance text collate "C" not null
  input_id uuid not null
  category text not null
  target text not null
  command text not null
  input json not null
  correlation_id text not null
  causation_id text not null
  state text not null default 'waiting'::text
  next_attempt_at timestamp with time zone not null default clock_timestamp()
  attempts integer not null default 0
  error json
  created_at timestamp with time zone not null default clock_timestamp()
  answered_at timestamp with time zone
  outcome json
  traceparent text
  position bigint
tidemark.process_inputs
  id bigint not null generated always as identity
  process text not null
  instance text collate "C" not null
  input_id uuid not null
  kind text not null
  name text not null
  position bigint
  at timestamp with time zone not null default clock_timestamp()
  correlation_id text not null
  causation_id text not null
  note json
tidemark.process_instances with (fillfactor=75)
  process text not null
  instance text collate "C" not null
  version integer not null
  state json not null
  stage text not null
  status text not null default 'running'::text
  inputs integer not null default 0
  correlation_id text collate "C" not null
  tenant text collate "C"
  started_position bigint not null
  started_at timestamp with time zone not null default clock_timestamp()
  updated_at timestamp with time zone not null default clock_timestamp()
  ended_at timestamp with time zone
  due_at timestamp with time zone
  attempts integer not null default 0
tidemark.process_metrics with (fillfactor=50)
  instance text not null
  service text not null
  started_at timestamp with time zone not null default clock_timestamp()
  seen_at timestamp with time zone not null default clock_timestamp()
  metrics json not null
tidemark.process_timers
  id uuid not null
  process text not null
  instance text collate "C" not null
  name text not null
  due_at timestamp with time zone not null
  next_attempt_at timestamp with time zone not null
  attempts integer not null default 0
  error json
  correlation_id text not null
  causation_id text not null
  state text not null default 'waiting'::text
  set_at timestamp with time zone not null default clock_timestamp()
  settled_at timestamp with time zone
  traceparent text
  input_id uuid
  position bigint
tidemark.processes
  name text not null
  version integer not null
  live_from bigint not null
tidemark.run_log
  run bigint not null
  line bigint not null
  at timestamp with time zone not null default clock_timestamp()
  level text not null
  message text not null
tidemark.run_samples
  run bigint not null
  at timestamp with time zone not null default clock_timestamp()
  phase text
  done bigint not null
  total bigint
tidemark.runs with (fillfactor=70)
  id bigint not null generated always as identity
  kind text not null
  subject text
  claim text
  input json not null
  state text not null default 'waiting'::text
  wanted text not null default 'run'::text
  decision text
  throttle double precision
  phases text[] not null
  unit text not null
  offers text[] not null default '{}'::text[]
  phase text
  done bigint not null default 0
  total bigint
  detail text
  problems bigint not null default 0
  error json
  result json
  checkpoint json
  steps bigint not null default 0
  requested_by text not null
  reason text
  ticket text
  attempts integer not null default 0
  epoch bigint not null default 0
  owner text
  lease_expires_at timestamp with time zone
  log_lines bigint not null default 0
  created_at timestamp with time zone not null default clock_timestamp()
  started_at timestamp with time zone
  phase_at timestamp with time zone
  ended_at timestamp with time zone
  traceparent text
tidemark.saved_views
  id bigint not null generated always as identity
  owner text not null
  page text not null
  name text not null
  query text not null
  shared boolean not null default false
  created_at timestamp with time zone not null default clock_timestamp()
  changed_at timestamp with time zone not null default clock_timestamp()
tidemark.sealing_choice
  id smallint not null default 1
  sealed boolean not null
  decided_at timestamp with time zone not null default clock_timestamp()
tidemark.sessions
  token_hash bytea not null
  principal text not null
  role text not null
  created_at timestamp with time zone not null default clock_timestamp()
  expires_at timestamp with time zone not null
  seen_at timestamp with time zone not null default clock_timestamp()
tidemark.shred_requests
  id uuid not null
  tenant text collate "C"
  subject text collate "C" not null
  reference bytea
  state text collate "C" not null default 'requested'::text
  requested_by text not null
  requested_at timestamp with time zone not null default clock_timestamp()
  due_at timestamp with time zone not null
  reason text not null
  ticket text
  key_backup_days integer not null
  preview json
  preview_hash text collate "C"
  previewed_at timestamp with time zone
  approved_by text
  approved_at timestamp with time zone
  run bigint
  destroyed_at timestamp with time zone
  tombstone bigint
  certificate text
  closed_by text
  closed_reason text
  ended_at timestamp with time zone
  legal_basis text
  cooling_minutes integer not null default 0
  begins_at timestamp with time zone
tidemark.sign_in_links
  token_hash bytea not null
  created_at timestamp with time zone not null default clock_timestamp()
  expires_at timestamp with time zone not null
  used_at timestamp with time zone
tidemark.signing_key_offers
  verifier text not null
  worker text not null
  seen_at timestamp with time zone not null default clock_timestamp()
tidemark.signing_keys
  id integer not null
  origin text not null
  verifier text not null
  since timestamp with time zone not null default clock_timestamp()
  from_size bigint not null default 0
tidemark.slo_time with (fillfactor=70)
  consumer text not null
  width_s integer not null
  at timestamp with time zone not null
  good_ms integer not null
  bad_ms integer not null
tidemark.slos
  consumer text not null
  objective_ms integer
  target double precision
  changed_by text not null
  changed_at timestamp with time zone not null default clock_timestamp()
tidemark.snapshot_faults
  id bigint not null generated always as identity
  stream text collate "C" not null
  fingerprint text collate "C" not null
  version bigint not null
  fault text not null
  detail json
  found_at timestamp with time zone not null default clock_timestamp()
  healed_at timestamp with time zone
tidemark.snapshot_progress
  category text collate "C" not null
  position bigint not null default 0
  looked_at timestamp with time zone not null default clock_timestamp()
tidemark.snapshots
  stream text collate "C" not null
  fingerprint text collate "C" not null
  version bigint not null
  event_id uuid not null
  checksum bytea not null
  state json not null
  folded_events integer not null
  fold_ms double precision not null
  taken_at timestamp with time zone not null default clock_timestamp()
  taken_by text not null
  verified_at timestamp with time zone
tidemark.spans
  id bigint not null generated always as identity
  trace_id text collate "C" not null
  span_id text collate "C" not null
  parent_id text collate "C"
  name text not null
  kind text not null
  service text not null
  instance text not null
  started_at timestamp with time zone not null
  duration_us bigint not null
  failed boolean not null
  attributes json not null
tidemark.store_identity
  id smallint not null default 1
  store uuid not null default gen_random_uuid()
  key_store uuid
  key_store_since timestamp with time zone
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
  code text not null default ''::text
  build text

-- Constraints
tidemark.alert_attempts: FOREIGN KEY (delivery) REFERENCES tidemark.alert_deliveries(id) ON DELETE CASCADE
tidemark.alert_attempts: PRIMARY KEY (delivery, attempt)
tidemark.alert_channels: CHECK ((kind = ANY (ARRAY['webhook'::text, 'slack'::text, 'email'::text])))
tidemark.alert_channels: CHECK ((least_severity = ANY (ARRAY['critical'::text, 'warning'::text, 'notice'::text])))
tidemark.alert_channels: PRIMARY KEY (id)
tidemark.alert_channels: UNIQUE (name)
tidemark.alert_deliveries: CHECK (((alert IS NULL) = (seq IS NULL)))
tidemark.alert_deliveries: CHECK (((state = 'sending'::text) = (lease_expires_at IS NOT NULL)))
tidemark.alert_deliveries: CHECK (((state = ANY (ARRAY['waiting'::text, 'sending'::text])) = (ended_at IS NULL)))
tidemark.alert_deliveries: CHECK ((state = ANY (ARRAY['waiting'::text, 'sending'::text, 'sent'::text, 'failed'::text, 'unknown'::text])))
tidemark.alert_deliveries: FOREIGN KEY (alert, seq) REFERENCES tidemark.alert_transitions(alert, seq) ON DELETE CASCADE
tidemark.alert_deliveries: FOREIGN KEY (channel) REFERENCES tidemark.alert_channels(id) ON DELETE CASCADE
tidemark.alert_deliveries: PRIMARY KEY (id)
tidemark.alert_deliveries: UNIQUE (message_id)
tidemark.alert_settings: PRIMARY KEY (rule, setting)
tidemark.alert_silences: PRIMARY KEY (rule, subject)
tidemark.alert_transitions: FOREIGN KEY (alert) REFERENCES tidemark.alerts(id) ON DELETE CASCADE
tidemark.alert_transitions: PRIMARY KEY (alert, seq)
tidemark.alert_watch: CHECK (id)
tidemark.alert_watch: PRIMARY KEY (id)
tidemark.alerts: CHECK (((state = 'pending'::text) = (fired_at IS NULL)))
tidemark.alerts: CHECK (((state = 'resolved'::text) = (resolved_at IS NOT NULL)))
tidemark.alerts: CHECK ((severity = ANY (ARRAY['critical'::text, 'warning'::text, 'notice'::text])))
tidemark.alerts: CHECK ((state = ANY (ARRAY['pending'::text, 'firing'::text, 'acknowledged'::text, 'silenced'::text, 'resolved'::text])))
tidemark.alerts: PRIMARY KEY (id)
tidemark.append_counts: PRIMARY KEY (minute, writer)
tidemark.checkpoint_notes: CHECK ((octet_length(root) = 32))
tidemark.checkpoint_notes: CHECK ((size > 0))
tidemark.checkpoint_notes: FOREIGN KEY (key) REFERENCES tidemark.signing_keys(id)
tidemark.checkpoint_notes: PRIMARY KEY (size)
tidemark.checkpoint_witnesses: CHECK (((error IS NULL) = (failures = 0)))
tidemark.checkpoint_witnesses: CHECK ((failures >= 0))
tidemark.checkpoint_witnesses: PRIMARY KEY (name)
tidemark.command_log: CHECK (((code IS NULL) = (outcome = 'accepted'::text)))
tidemark.command_log: CHECK ((outcome = ANY (ARRAY['accepted'::text, 'rejected'::text, 'conflict'::text, 'invalid'::text, 'failed'::text])))
tidemark.command_log: PRIMARY KEY (seq)
tidemark.command_log: UNIQUE (id)
tidemark.consumer_batches: PRIMARY KEY (id)
tidemark.consumer_generations: CHECK (((partitions >= 1) AND (partitions <= 1024)))
tidemark.consumer_generations: CHECK ((state = ANY (ARRAY['building'::text, 'live'::text, 'kept'::text, 'retired'::text])))
tidemark.consumer_generations: CHECK ((style = ANY (ARRAY['fold'::text, 'handler'::text])))
tidemark.consumer_generations: FOREIGN KEY (consumer) REFERENCES tidemark.consumers(name) ON DELETE CASCADE
tidemark.consumer_generations: PRIMARY KEY (consumer, generation)
tidemark.consumer_partitions: CHECK (((slice_from >= 0) AND (slice_to <= 1024) AND (slice_from < slice_to)))
tidemark.consumer_partitions: CHECK (((stop_at IS NULL) = (stop_since IS NULL)))
tidemark.consumer_partitions: FOREIGN KEY (consumer) REFERENCES tidemark.consumers(name) ON DELETE CASCADE
tidemark.consumer_partitions: PRIMARY KEY (consumer, generation, partition)
tidemark.consumers: CHECK (((partitions >= 1) AND (partitions <= 1024)))
tidemark.consumers: CHECK ((kind = ANY (ARRAY['projection'::text, 'process'::text, 'relay'::text])))
tidemark.consumers: CHECK ((mode = ANY (ARRAY['async'::text, 'inline'::text])))
tidemark.consumers: CHECK ((state = ANY (ARRAY['running'::text, 'paused'::text])))
tidemark.consumers: CHECK ((style = ANY (ARRAY['fold'::text, 'handler'::text])))
tidemark.consumers: PRIMARY KEY (name)
tidemark.cooling_off: CHECK (((minutes >= 0) AND (minutes <= 1440)))
tidemark.cooling_off: CHECK ((id = 1))
tidemark.cooling_off: PRIMARY KEY (id)
tidemark.dead_letter_groups: CHECK (
CASE
    WHEN (snoozed_at IS NULL) THEN ((snoozed_until IS NULL) AND (snoozed_builds IS NULL))
    ELSE ((snoozed_until IS NULL) <> (snoozed_builds IS NULL))
END)
tidemark.dead_letter_groups: CHECK (((assignee IS NULL) = (assigned_at IS NULL)))
tidemark.dead_letter_groups: PRIMARY KEY (fingerprint)
tidemark.dead_letters: CHECK (((closed_at IS NULL) = (state <> ALL (ARRAY['retried'::text, 'skipped'::text]))))
tidemark.dead_letters: CHECK (((outcome IS NULL) = (state = ANY (ARRAY['retrying'::text, 'parked'::text]))))
tidemark.dead_letters: CHECK ((outcome = ANY (ARRAY['retried'::text, 'skipped'::text])))
tidemark.dead_letters: CHECK ((state = ANY (ARRAY['retrying'::text, 'parked'::text, 'draining'::text, 'retried'::text, 'skipped'::text])))
tidemark.dead_letters: CHECK ((wanted = ANY (ARRAY['retry'::text, 'skip'::text])))
tidemark.dead_letters: FOREIGN KEY (consumer) REFERENCES tidemark.consumers(name) ON DELETE CASCADE
tidemark.dead_letters: PRIMARY KEY (id)
tidemark.duties: PRIMARY KEY (name)
tidemark.event_versions: PRIMARY KEY (type, schema_version)
tidemark.event_versions_mark: CHECK (id)
tidemark.event_versions_mark: PRIMARY KEY (id)
tidemark.events: PRIMARY KEY ("position")
tidemark.exports: CHECK ((((finished_at IS NULL) = (sha256 IS NULL)) AND ((finished_at IS NULL) = (expires_at IS NULL))))
tidemark.exports: CHECK ((format = ANY (ARRAY['jsonl'::text, 'csv'::text])))
tidemark.exports: CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
tidemark.exports: CHECK ((subject ~ '^[0-9a-f]{64}$'::text))
tidemark.exports: FOREIGN KEY (run) REFERENCES tidemark.runs(id) ON DELETE CASCADE
tidemark.exports: PRIMARY KEY (run)
tidemark.former_partitions: FOREIGN KEY (consumer) REFERENCES tidemark.consumers(name) ON DELETE CASCADE
tidemark.former_partitions: PRIMARY KEY (consumer, generation, partition)
tidemark.high_water: CHECK (id)
tidemark.high_water: PRIMARY KEY (id)
tidemark.history_alarms: CHECK ((((last_position IS NULL) = (first_position IS NULL)) AND (last_position >= first_position)))
tidemark.history_alarms: CHECK (((settled_by IS NULL) = (settled_at IS NULL)))
tidemark.history_alarms: CHECK ((faults > 0))
tidemark.history_alarms: PRIMARY KEY (id)
tidemark.import_refusals: FOREIGN KEY (run) REFERENCES tidemark.imports(run) ON DELETE CASCADE
tidemark.import_refusals: PRIMARY KEY (run, line)
tidemark.imports: FOREIGN KEY (run) REFERENCES tidemark.runs(id) ON DELETE CASCADE
tidemark.imports: PRIMARY KEY (run)
tidemark.lag_history: CHECK ((seconds = ANY (ARRAY[60, 3600])))
tidemark.lag_history: PRIMARY KEY (consumer, seconds, at)
tidemark.lag_samples: PRIMARY KEY (consumer, at)
tidemark.legal_holds: CHECK ((((released_at IS NULL) = (released_by IS NULL)) AND ((released_at IS NULL) = (released_reason IS NULL))))
tidemark.legal_holds: CHECK ((subject ~ '^[0-9a-f]{64}$'::text))
tidemark.legal_holds: PRIMARY KEY (id)
tidemark.merkle_tiles: CHECK ((((width >= 1) AND (width <= 256)) AND ((width = 256) OR (level = 0))))
tidemark.merkle_tiles: CHECK (((level > 0) OR (COALESCE(cardinality(positions), 0) = width)))
tidemark.merkle_tiles: CHECK (((level >= 0) AND (level <= 6)))
tidemark.merkle_tiles: CHECK (((octet_length(root) = 32) AND ((root IS NULL) = (width < 256))))
tidemark.merkle_tiles: CHECK ((index >= 0))
tidemark.merkle_tiles: CHECK ((last_position >= first_position))
tidemark.merkle_tiles: CHECK ((octet_length(hashes) = (32 * width)))
tidemark.merkle_tiles: PRIMARY KEY (level, index)
tidemark.migrations: PRIMARY KEY (id)
tidemark.process_commands: CHECK ((state = ANY (ARRAY['waiting'::text, 'accepted'::text, 'rejected'::text, 'cancelled'::text])))
tidemark.process_commands: FOREIGN KEY (process, instance) REFERENCES tidemark.process_instances(process, instance) ON DELETE CASCADE
tidemark.process_commands: PRIMARY KEY (id)
tidemark.process_inputs: CHECK ((kind = ANY (ARRAY['event'::text, 'timer'::text, 'rejection'::text, 'cancel'::text])))
tidemark.process_inputs: FOREIGN KEY (process, instance) REFERENCES tidemark.process_instances(process, instance) ON DELETE CASCADE
tidemark.process_inputs: PRIMARY KEY (process, instance, input_id)
tidemark.process_instances: CHECK ((status = ANY (ARRAY['running'::text, 'ended'::text, 'cancelled'::text])))
tidemark.process_instances: FOREIGN KEY (process) REFERENCES tidemark.processes(name) ON DELETE CASCADE
tidemark.process_instances: PRIMARY KEY (process, instance)
tidemark.process_metrics: PRIMARY KEY (instance)
tidemark.process_timers: CHECK ((state = ANY (ARRAY['waiting'::text, 'fired'::text, 'cancelled'::text])))
tidemark.process_timers: FOREIGN KEY (process, instance) REFERENCES tidemark.process_instances(process, instance) ON DELETE CASCADE
tidemark.process_timers: PRIMARY KEY (id)
tidemark.processes: FOREIGN KEY (name) REFERENCES tidemark.consumers(name) ON DELETE CASCADE
tidemark.processes: PRIMARY KEY (name)
tidemark.run_log: CHECK ((level = ANY (ARRAY['info'::text, 'warn'::text, 'error'::text])))
tidemark.run_log: FOREIGN KEY (run) REFERENCES tidemark.runs(id) ON DELETE CASCADE
tidemark.run_log: PRIMARY KEY (run, line)
tidemark.run_samples: FOREIGN KEY (run) REFERENCES tidemark.runs(id) ON DELETE CASCADE
tidemark.run_samples: PRIMARY KEY (run, at)
tidemark.runs: CHECK (((ended_at IS NOT NULL) = (state = ANY (ARRAY['succeeded'::text, 'failed'::text, 'cancelled'::text]))))
tidemark.runs: CHECK ((state = ANY (ARRAY['waiting'::text, 'running'::text, 'paused'::text, 'cancelling'::text, 'awaiting-decision'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text])))
tidemark.runs: CHECK ((throttle > (0)::double precision))
tidemark.runs: CHECK ((wanted = ANY (ARRAY['run'::text, 'pause'::text, 'cancel'::text])))
tidemark.runs: PRIMARY KEY (id)
tidemark.saved_views: CHECK (((length(name) >= 1) AND (length(name) <= 100)))
tidemark.saved_views: CHECK ((length(query) <= 4000))
tidemark.saved_views: CHECK ((page = ANY (ARRAY['events'::text, 'streams'::text, 'traces'::text, 'dead-letters'::text, 'projections'::text])))
tidemark.saved_views: PRIMARY KEY (id)
tidemark.saved_views: UNIQUE (owner, page, name)
tidemark.sealing_choice: CHECK ((id = 1))
tidemark.sealing_choice: PRIMARY KEY (id)
tidemark.sessions: CHECK ((role = ANY (ARRAY['viewer'::text, 'operator'::text, 'privacy-officer'::text, 'admin'::text])))
tidemark.sessions: PRIMARY KEY (token_hash)
tidemark.shred_requests: CHECK (((approved_at IS NULL) = (approved_by IS NULL)))
tidemark.shred_requests: CHECK (((begins_at IS NULL) OR (approved_at IS NOT NULL)))
tidemark.shred_requests: CHECK (((certificate IS NOT NULL) = (state = 'completed'::text)))
tidemark.shred_requests: CHECK (((cooling_minutes >= 0) AND (cooling_minutes <= 1440)))
tidemark.shred_requests: CHECK (((destroyed_at IS NULL) OR (begins_at IS NULL) OR (destroyed_at >= begins_at)))
tidemark.shred_requests: CHECK (((ended_at IS NOT NULL) = (state = ANY (ARRAY['completed'::text, 'refused'::text, 'void'::text]))))
tidemark.shred_requests: CHECK (((preview_hash ~ '^[0-9a-f]{64}$'::text) AND ((preview_hash IS NULL) = (preview IS NULL))))
tidemark.shred_requests: CHECK (((previewed_at IS NULL) = (preview IS NULL)))
tidemark.shred_requests: CHECK (((reference IS NULL) = (ended_at IS NOT NULL)))
tidemark.shred_requests: CHECK (((state <> 'completed'::text) OR ((destroyed_at IS NOT NULL) AND (tombstone IS NOT NULL))))
tidemark.shred_requests: CHECK (((state <> ALL (ARRAY['approved'::text, 'shredding'::text, 'completed'::text])) OR ((approved_by IS NOT NULL) AND (preview IS NOT NULL))))
tidemark.shred_requests: CHECK ((key_backup_days >= 0))
tidemark.shred_requests: CHECK ((state = ANY (ARRAY['requested'::text, 'approved'::text, 'shredding'::text, 'completed'::text, 'refused'::text, 'void'::text])))
tidemark.shred_requests: CHECK ((subject ~ '^[0-9a-f]{64}$'::text))
tidemark.shred_requests: PRIMARY KEY (id)
tidemark.sign_in_links: PRIMARY KEY (token_hash)
tidemark.signing_key_offers: PRIMARY KEY (verifier)
tidemark.signing_keys: CHECK ((from_size >= 0))
tidemark.signing_keys: CHECK ((id > 0))
tidemark.signing_keys: PRIMARY KEY (id)
tidemark.signing_keys: UNIQUE (verifier)
tidemark.slo_time: CHECK (((good_ms + bad_ms) <= (width_s * 1000)))
tidemark.slo_time: CHECK ((bad_ms >= 0))
tidemark.slo_time: CHECK ((good_ms >= 0))
tidemark.slo_time: CHECK ((width_s = ANY (ARRAY[60, 3600])))
tidemark.slo_time: FOREIGN KEY (consumer) REFERENCES tidemark.consumers(name) ON DELETE CASCADE
tidemark.slo_time: PRIMARY KEY (consumer, width_s, at)
tidemark.slos: CHECK (((objective_ms >= 1) AND (objective_ms <= 86400000)))
tidemark.slos: CHECK (((target >= (0.5)::double precision) AND (target < (1)::double precision)))
tidemark.slos: FOREIGN KEY (consumer) REFERENCES tidemark.consumers(name) ON DELETE CASCADE
tidemark.slos: PRIMARY KEY (consumer)
tidemark.snapshot_faults: CHECK ((fault = ANY (ARRAY['stale'::text, 'corrupt'::text, 'ahead'::text, 'other-history'::text, 'drift'::text])))
tidemark.snapshot_faults: PRIMARY KEY (id)
tidemark.snapshot_progress: PRIMARY KEY (category)
tidemark.snapshots: CHECK ((octet_length(checksum) = 32))
tidemark.snapshots: CHECK ((version > 0))
tidemark.snapshots: PRIMARY KEY (stream, fingerprint, version)
tidemark.spans: PRIMARY KEY (id)
tidemark.store_identity: CHECK (((key_store IS NULL) = (key_store_since IS NULL)))
tidemark.store_identity: CHECK ((id = 1))
tidemark.store_identity: PRIMARY KEY (id)
tidemark.streams: PRIMARY KEY (stream)
tidemark.traffic: CHECK (((rate_per_second > (0)::double precision) AND (rate_per_second <= (1000)::double precision)))
tidemark.traffic: CHECK ((state = ANY (ARRAY['running'::text, 'stopped'::text])))
tidemark.traffic: CHECK (id)
tidemark.traffic: PRIMARY KEY (id)
tidemark.workers: PRIMARY KEY (id)

-- Indexes
CREATE INDEX alert_deliveries_of_channel ON tidemark.alert_deliveries USING btree (channel, id)
CREATE INDEX alert_deliveries_open ON tidemark.alert_deliveries USING btree (channel, id) WHERE (ended_at IS NULL)
CREATE INDEX alerts_ended ON tidemark.alerts USING btree (resolved_at) WHERE (resolved_at IS NOT NULL)
CREATE INDEX alerts_of_subject ON tidemark.alerts USING btree (subject, id)
CREATE INDEX alerts_resolved ON tidemark.alerts USING btree (id) WHERE (resolved_at IS NOT NULL)
CREATE INDEX command_log_refused ON tidemark.command_log USING btree (outcome, seq) WHERE (outcome <> 'accepted'::text)
CREATE INDEX command_log_stream ON tidemark.command_log USING btree (stream, seq)
CREATE INDEX command_log_time ON tidemark.command_log USING btree (handled_at)
CREATE INDEX consumer_batches_reach ON tidemark.consumer_batches USING btree (consumer, generation, partition, to_position)
CREATE INDEX consumer_batches_time ON tidemark.consumer_batches USING btree (committed_at)
CREATE INDEX dead_letter_groups_next_deploy ON tidemark.dead_letter_groups USING btree (fingerprint) WHERE (snoozed_builds IS NOT NULL)
CREATE INDEX dead_letters_closed ON tidemark.dead_letters USING btree (closed_at) WHERE (closed_at IS NOT NULL)
CREATE INDEX dead_letters_group ON tidemark.dead_letters USING btree (fingerprint, id) WHERE (closed_at IS NULL)
CREATE INDEX dead_letters_of_stream ON tidemark.dead_letters USING btree (stream, consumer, generation)
CREATE INDEX dead_letters_open ON tidemark.dead_letters USING btree (id) WHERE (closed_at IS NULL)
CREATE INDEX dead_letters_recent ON tidemark.dead_letters USING btree (consumer, generation, first_at)
CREATE INDEX dead_letters_slice ON tidemark.dead_letters USING btree (consumer, generation, slice) WHERE (closed_at IS NULL)
CREATE INDEX dead_letters_wanted ON tidemark.dead_letters USING btree (consumer, slice) WHERE ((closed_at IS NULL) AND (wanted IS NOT NULL))
CREATE INDEX events_category ON tidemark.events USING btree (category, "position") WITH (deduplicate_items=off)
CREATE INDEX events_correlation ON tidemark.events USING btree (correlation_id, "position") WITH (deduplicate_items=off)
CREATE INDEX events_tenant ON tidemark.events USING btree (tenant, "position") WITH (deduplicate_items=off) WHERE (tenant IS NOT NULL)
CREATE INDEX events_type ON tidemark.events USING btree (type, "position") WITH (deduplicate_items=off)
CREATE INDEX exports_expire ON tidemark.exports USING btree (expires_at) WHERE (removed_at IS NULL)
CREATE INDEX exports_subject ON tidemark.exports USING btree (subject) WHERE ((subject IS NOT NULL) AND (removed_at IS NULL))
CREATE INDEX lag_history_time ON tidemark.lag_history USING btree (seconds, at)
CREATE INDEX process_commands_order ON tidemark.process_commands USING btree (process, instance, seq)
CREATE INDEX process_commands_position ON tidemark.process_commands USING btree ("position") WHERE (state = 'waiting'::text)
CREATE INDEX process_commands_unrecorded ON tidemark.process_commands USING btree (correlation_id, seq) WHERE (state <> 'accepted'::text)
CREATE INDEX process_commands_waiting ON tidemark.process_commands USING btree (process, instance, seq) WHERE (state = 'waiting'::text)
CREATE INDEX process_inputs_order ON tidemark.process_inputs USING btree (process, instance, id)
CREATE INDEX process_inputs_position ON tidemark.process_inputs USING btree ("position") WHERE ("position" IS NOT NULL)
CREATE INDEX process_instances_due ON tidemark.process_instances USING btree (due_at) WHERE (due_at IS NOT NULL)
CREATE INDEX process_instances_failing ON tidemark.process_instances USING btree (process, attempts) WHERE (attempts > 0)
CREATE INDEX process_instances_recent ON tidemark.process_instances USING btree (process, updated_at DESC, instance)
CREATE INDEX process_instances_stage ON tidemark.process_instances USING btree (process, stage) WHERE (status = 'running'::text)
CREATE INDEX process_instances_status ON tidemark.process_instances USING btree (process, status, updated_at DESC, instance DESC)
CREATE INDEX process_timers_correlation ON tidemark.process_timers USING btree (correlation_id, set_at)
CREATE INDEX process_timers_order ON tidemark.process_timers USING btree (process, instance, set_at)
CREATE INDEX process_timers_overdue ON tidemark.process_timers USING btree (process, due_at) WHERE (state = 'waiting'::text)
CREATE INDEX process_timers_position ON tidemark.process_timers USING btree ("position") WHERE (state = 'waiting'::text)
CREATE INDEX runs_by_kind ON tidemark.runs USING btree (kind, id)
CREATE INDEX runs_by_state ON tidemark.runs USING btree (state, id)
CREATE INDEX runs_by_subject ON tidemark.runs USING btree (subject, id)
CREATE INDEX runs_ended ON tidemark.runs USING btree (ended_at) WHERE (ended_at IS NOT NULL)
CREATE INDEX runs_live ON tidemark.runs USING btree (id) WHERE (ended_at IS NULL)
CREATE INDEX saved_views_shared ON tidemark.saved_views USING btree (page, name) WHERE shared
CREATE INDEX shred_requests_due ON tidemark.shred_requests USING btree (due_at, id) WHERE (ended_at IS NULL)
CREATE INDEX shred_requests_subject ON tidemark.shred_requests USING btree (subject, id)
CREATE INDEX shred_requests_waiting ON tidemark.shred_requests USING btree (begins_at) WHERE ((state = 'approved'::text) AND (run IS NULL))
CREATE INDEX spans_time ON tidemark.spans USING btree (started_at)
CREATE INDEX spans_trace ON tidemark.spans USING btree (trace_id, id)
CREATE INDEX streams_category ON tidemark.streams USING btree (category, stream)
CREATE UNIQUE INDEX alert_attempts_pkey ON tidemark.alert_attempts USING btree (delivery, attempt)
CREATE UNIQUE INDEX alert_channels_name_key ON tidemark.alert_channels USING btree (name)
CREATE UNIQUE INDEX alert_channels_pkey ON tidemark.alert_channels USING btree (id)
CREATE UNIQUE INDEX alert_deliveries_message_id_key ON tidemark.alert_deliveries USING btree (message_id)
CREATE UNIQUE INDEX alert_deliveries_once ON tidemark.alert_deliveries USING btree (alert, seq, channel)
CREATE UNIQUE INDEX alert_deliveries_pkey ON tidemark.alert_deliveries USING btree (id)
CREATE UNIQUE INDEX alert_deliveries_sending ON tidemark.alert_deliveries USING btree (channel) WHERE (state = 'sending'::text)
CREATE UNIQUE INDEX alert_settings_pkey ON tidemark.alert_settings USING btree (rule, setting)
CREATE UNIQUE INDEX alert_silences_pkey ON tidemark.alert_silences USING btree (rule, subject)
CREATE UNIQUE INDEX alert_transitions_pkey ON tidemark.alert_transitions USING btree (alert, seq)
CREATE UNIQUE INDEX alert_watch_pkey ON tidemark.alert_watch USING btree (id)
CREATE UNIQUE INDEX alerts_open ON tidemark.alerts USING btree (rule, subject) WHERE (resolved_at IS NULL)
CREATE UNIQUE INDEX alerts_pkey ON tidemark.alerts USING btree (id)
CREATE UNIQUE INDEX append_counts_pkey ON tidemark.append_counts USING btree (minute, writer)
CREATE UNIQUE INDEX checkpoint_notes_pkey ON tidemark.checkpoint_notes USING btree (size)
CREATE UNIQUE INDEX checkpoint_witnesses_pkey ON tidemark.checkpoint_witnesses USING btree (name)
CREATE UNIQUE INDEX command_log_id_key ON tidemark.command_log USING btree (id)
CREATE UNIQUE INDEX command_log_pkey ON tidemark.command_log USING btree (seq)
CREATE UNIQUE INDEX consumer_batches_pkey ON tidemark.consumer_batches USING btree (id)
CREATE UNIQUE INDEX consumer_generations_building ON tidemark.consumer_generations USING btree (consumer) WHERE (state = 'building'::text)
CREATE UNIQUE INDEX consumer_generations_live ON tidemark.consumer_generations USING btree (consumer) WHERE (state = 'live'::text)
CREATE UNIQUE INDEX consumer_generations_pkey ON tidemark.consumer_generations USING btree (consumer, generation)
CREATE UNIQUE INDEX consumer_partitions_pkey ON tidemark.consumer_partitions USING btree (consumer, generation, partition)
CREATE UNIQUE INDEX consumers_pkey ON tidemark.consumers USING btree (name)
CREATE UNIQUE INDEX cooling_off_pkey ON tidemark.cooling_off USING btree (id)
CREATE UNIQUE INDEX dead_letter_groups_pkey ON tidemark.dead_letter_groups USING btree (fingerprint)
CREATE UNIQUE INDEX dead_letters_event ON tidemark.dead_letters USING btree (consumer, generation, "position") WHERE (closed_at IS NULL)
CREATE UNIQUE INDEX dead_letters_pkey ON tidemark.dead_letters USING btree (id)
CREATE UNIQUE INDEX dead_letters_stream ON tidemark.dead_letters USING btree (consumer, generation, stream) WHERE ((closed_at IS NULL) AND blocks)
CREATE UNIQUE INDEX duties_pkey ON tidemark.duties USING btree (name)
CREATE UNIQUE INDEX event_versions_mark_pkey ON tidemark.event_versions_mark USING btree (id)
CREATE UNIQUE INDEX event_versions_pkey ON tidemark.event_versions USING btree (type, schema_version)
CREATE UNIQUE INDEX events_event_id ON tidemark.events USING btree (event_id)
CREATE UNIQUE INDEX events_pkey ON tidemark.events USING btree ("position")
CREATE UNIQUE INDEX events_stream_version ON tidemark.events USING btree (stream, version)
CREATE UNIQUE INDEX exports_pkey ON tidemark.exports USING btree (run)
CREATE UNIQUE INDEX former_partitions_pkey ON tidemark.former_partitions USING btree (consumer, generation, partition)
CREATE UNIQUE INDEX high_water_pkey ON tidemark.high_water USING btree (id)
CREATE UNIQUE INDEX history_alarms_open ON tidemark.history_alarms USING btree (COALESCE(run, (0)::bigint)) WHERE (settled_at IS NULL)
CREATE UNIQUE INDEX history_alarms_pkey ON tidemark.history_alarms USING btree (id)
CREATE UNIQUE INDEX import_refusals_pkey ON tidemark.import_refusals USING btree (run, line)
CREATE UNIQUE INDEX imports_pkey ON tidemark.imports USING btree (run)
CREATE UNIQUE INDEX lag_history_pkey ON tidemark.lag_history USING btree (consumer, seconds, at)
CREATE UNIQUE INDEX lag_samples_pkey ON tidemark.lag_samples USING btree (consumer, at)
CREATE UNIQUE INDEX legal_holds_pkey ON tidemark.legal_holds USING btree (id)
CREATE UNIQUE INDEX legal_holds_standing ON tidemark.legal_holds USING btree (subject) WHERE (released_at IS NULL)
CREATE UNIQUE INDEX merkle_tiles_first ON tidemark.merkle_tiles USING btree (first_position) WHERE (level = 0)
CREATE UNIQUE INDEX merkle_tiles_pkey ON tidemark.merkle_tiles USING btree (level, index)
CREATE UNIQUE INDEX migrations_pkey ON tidemark.migrations USING btree (id)
CREATE UNIQUE INDEX process_commands_pkey ON tidemark.process_commands USING btree (id)
CREATE UNIQUE INDEX process_inputs_pkey ON tidemark.process_inputs USING btree (process, instance, input_id)
CREATE UNIQUE INDEX process_instances_pkey ON tidemark.process_instances USING btree (process, instance)
CREATE UNIQUE INDEX process_metrics_pkey ON tidemark.process_metrics USING btree (instance)
CREATE UNIQUE INDEX process_timers_name ON tidemark.process_timers USING btree (process, instance, name) WHERE (state = 'waiting'::text)
CREATE UNIQUE INDEX process_timers_pkey ON tidemark.process_timers USING btree (id)
CREATE UNIQUE INDEX processes_pkey ON tidemark.processes USING btree (name)
CREATE UNIQUE INDEX run_log_pkey ON tidemark.run_log USING btree (run, line)
CREATE UNIQUE INDEX run_samples_pkey ON tidemark.run_samples USING btree (run, at)
CREATE UNIQUE INDEX runs_claim ON tidemark.runs USING btree (claim) WHERE (ended_at IS NULL)
CREATE UNIQUE INDEX runs_pkey ON tidemark.runs USING btree (id)
CREATE UNIQUE INDEX saved_views_owner_page_name_key ON tidemark.saved_views USING btree (owner, page, name)
CREATE UNIQUE INDEX saved_views_pkey ON tidemark.saved_views USING btree (id)
CREATE UNIQUE INDEX sealing_choice_pkey ON tidemark.sealing_choice USING btree (id)
CREATE UNIQUE INDEX sessions_pkey ON tidemark.sessions USING btree (token_hash)
CREATE UNIQUE INDEX shred_requests_open ON tidemark.shred_requests USING btree (subject) WHERE (ended_at IS NULL)
CREATE UNIQUE INDEX shred_requests_pkey ON tidemark.shred_requests USING btree (id)
CREATE UNIQUE INDEX sign_in_links_pkey ON tidemark.sign_in_links USING btree (token_hash)
CREATE UNIQUE INDEX signing_key_offers_pkey ON tidemark.signing_key_offers USING btree (verifier)
CREATE UNIQUE INDEX signing_keys_pkey ON tidemark.signing_keys USING btree (id)
CREATE UNIQUE INDEX signing_keys_verifier_key ON tidemark.signing_keys USING btree (verifier)
CREATE UNIQUE INDEX slo_time_pkey ON tidemark.slo_time USING btree (consumer, width_s, at)
CREATE UNIQUE INDEX slos_pkey ON tidemark.slos USING btree (consumer)
CREATE UNIQUE INDEX snapshot_faults_open ON tidemark.snapshot_faults USING btree (stream, fingerprint, version, fault) WHERE (healed_at IS NULL)
CREATE UNIQUE INDEX snapshot_faults_pkey ON tidemark.snapshot_faults USING btree (id)
CREATE UNIQUE INDEX snapshot_progress_pkey ON tidemark.snapshot_progress USING btree (category)
CREATE UNIQUE INDEX snapshots_pkey ON tidemark.snapshots USING btree (stream, fingerprint, version)
CREATE UNIQUE INDEX spans_pkey ON tidemark.spans USING btree (id)
CREATE UNIQUE INDEX store_identity_pkey ON tidemark.store_identity USING btree (id)
CREATE UNIQUE INDEX streams_pkey ON tidemark.streams USING btree (stream)
CREATE UNIQUE INDEX traffic_pkey ON tidemark.traffic USING btree (id)
CREATE UNIQUE INDEX workers_pkey ON tidemark.workers USING btree (id)

-- Sequences
tidemark.alert_channels_id_seq as bigint start 1 increment 1 cache 1
tidemark.alert_deliveries_id_seq as bigint start 1 increment 1 cache 1
tidemark.alerts_id_seq as bigint start 1 increment 1 cache 1
tidemark.command_log_seq_seq as bigint start 1 increment 1 cache 1
tidemark.consumer_batches_id_seq as bigint start 1 increment 1 cache 1
tidemark.dead_letters_id_seq as bigint start 1 increment 1 cache 1
tidemark.history_alarms_id_seq as bigint start 1 increment 1 cache 1
tidemark.migrations_id_seq as integer start 1 increment 1 cache 1
tidemark.position_seq as bigint start 1 increment 1 cache 1
tidemark.process_commands_seq_seq as bigint start 1 increment 1 cache 1
tidemark.process_inputs_id_seq as bigint start 1 increment 1 cache 1
tidemark.runs_id_seq as bigint start 1 increment 1 cache 1
tidemark.saved_views_id_seq as bigint start 1 increment 1 cache 1
tidemark.snapshot_faults_id_seq as bigint start 1 increment 1 cache 1
tidemark.spans_id_seq as bigint start 1 increment 1 cache 1

-- Triggers
CREATE TRIGGER checkpoint_notes_kept BEFORE UPDATE ON tidemark.checkpoint_notes FOR EACH ROW EXECUTE FUNCTION tidemark.refuse_history_change()
CREATE TRIGGER checkpoint_notes_latest_key BEFORE INSERT ON tidemark.checkpoint_notes FOR EACH ROW EXECUTE FUNCTION tidemark.sign_with_latest_key()
CREATE TRIGGER checkpoint_notes_no_truncate BEFORE TRUNCATE ON tidemark.checkpoint_notes FOR EACH STATEMENT EXECUTE FUNCTION tidemark.refuse_history_change()
CREATE TRIGGER checkpoint_notes_thinned BEFORE DELETE ON tidemark.checkpoint_notes FOR EACH ROW EXECUTE FUNCTION tidemark.keep_checkpoint()
CREATE TRIGGER events_append_only BEFORE DELETE OR UPDATE ON tidemark.events FOR EACH ROW EXECUTE FUNCTION tidemark.refuse_change()
CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON tidemark.events FOR EACH STATEMENT EXECUTE FUNCTION tidemark.refuse_change()
CREATE TRIGGER keep_partitions_apart AFTER INSERT ON tidemark.consumer_partitions FOR EACH ROW EXECUTE FUNCTION tidemark.keep_partitions_apart()
CREATE TRIGGER merkle_tiles_grow BEFORE UPDATE ON tidemark.merkle_tiles FOR EACH ROW WHEN ((NOT ((new.level = old.level) AND (new.index = old.index) AND (new.first_position = old.first_position) AND (new.width > old.width) AND (SUBSTRING(new.hashes FROM 1 FOR (32 * old.width)) = old.hashes) AND (new.positions[1:old.width] = old.positions)))) EXECUTE FUNCTION tidemark.refuse_history_change()
CREATE TRIGGER merkle_tiles_kept BEFORE DELETE ON tidemark.merkle_tiles FOR EACH ROW EXECUTE FUNCTION tidemark.refuse_history_change()
CREATE TRIGGER merkle_tiles_no_truncate BEFORE TRUNCATE ON tidemark.merkle_tiles FOR EACH STATEMENT EXECUTE FUNCTION tidemark.refuse_history_change()
CREATE TRIGGER refuse_unknown_inline BEFORE UPDATE ON tidemark.streams FOR EACH STATEMENT EXECUTE FUNCTION tidemark.refuse_unknown_inline()
CREATE TRIGGER shred_requests_cool BEFORE INSERT ON tidemark.shred_requests FOR EACH ROW EXECUTE FUNCTION tidemark.ask_for_cooling_off()
CREATE TRIGGER shred_requests_cooling BEFORE UPDATE ON tidemark.shred_requests FOR EACH ROW EXECUTE FUNCTION tidemark.keep_cooling_off()
CREATE TRIGGER shred_requests_ended BEFORE UPDATE ON tidemark.shred_requests FOR EACH ROW WHEN ((old.ended_at IS NOT NULL)) EXECUTE FUNCTION tidemark.refuse_history_change()
CREATE TRIGGER shred_requests_kept BEFORE DELETE ON tidemark.shred_requests FOR EACH ROW EXECUTE FUNCTION tidemark.refuse_history_change()
CREATE TRIGGER shred_requests_no_truncate BEFORE TRUNCATE ON tidemark.shred_requests FOR EACH STATEMENT EXECUTE FUNCTION tidemark.refuse_history_change()
CREATE TRIGGER signing_keys_begin BEFORE INSERT ON tidemark.signing_keys FOR EACH ROW EXECUTE FUNCTION tidemark.begin_key()
CREATE TRIGGER signing_keys_kept BEFORE DELETE OR UPDATE ON tidemark.signing_keys FOR EACH ROW EXECUTE FUNCTION tidemark.refuse_history_change()
CREATE TRIGGER signing_keys_no_truncate BEFORE TRUNCATE ON tidemark.signing_keys FOR EACH STATEMENT EXECUTE FUNCTION tidemark.refuse_history_change()
CREATE TRIGGER store_identity_change BEFORE UPDATE ON tidemark.store_identity FOR EACH ROW WHEN (((new.store <> old.store) OR (old.key_store IS NOT NULL))) EXECUTE FUNCTION tidemark.refuse_history_change()
CREATE TRIGGER store_identity_kept BEFORE DELETE ON tidemark.store_identity FOR EACH ROW EXECUTE FUNCTION tidemark.refuse_history_change()
CREATE TRIGGER store_identity_no_truncate BEFORE TRUNCATE ON tidemark.store_identity FOR EACH STATEMENT EXECUTE FUNCTION tidemark.refuse_history_change()

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
CREATE OR REPLACE FUNCTION tidemark.append(p_streams text[], p_write_append integer[], p_write_stream integer[], p_write_expected bigint[], p_write_count integer[], p_write_bytes bigint[], p_known_ids uuid[], p_known_append integer[], p_event_write integer[], p_event_place integer[], p_ids uuid[], p_types text[], p_schema_versions integer[], p_occurred timestamp with time zone[], p_correlations text[], p_causations text[], p_actors text[], p_tenants text[], p_traceparents text[], p_commands text[], p_payload bytea, p_payload_from integer[], p_data_bytes integer[], p_metadata_bytes integer[], p_wait boolean, OUT outcomes text[], OUT from_versions bigint[], OUT actual_versions bigint[], OUT positions bigint[], OUT slices integer[], OUT recorded_at timestamp with time zone)
 RETURNS record
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
 SET jit TO 'off'
AS $function$
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
end $function$
CREATE OR REPLACE FUNCTION tidemark.append_event(p_stream text, p_expected bigint, p_id uuid, p_guard uuid, p_type text, p_schema_version integer, p_occurred timestamp with time zone, p_correlation text, p_causation text, p_actor text, p_tenant text, p_traceparent text, p_command text, p_data text, p_metadata text, OUT outcome text, OUT version bigint, OUT "position" bigint, OUT slice integer, OUT recorded_at timestamp with time zone)
 RETURNS record
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
AS $function$
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
end $function$
CREATE OR REPLACE FUNCTION tidemark.ask_for_cooling_off()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare least integer := (select minutes from tidemark.cooling_off);
begin
  if new.cooling_minutes < least then
    raise exception 'this store asks for % minutes of cooling off, and shred request % for % only', least, new.id, new.cooling_minutes
      using errcode = 'TM003', hint = 'Ask for as many, or for more.';
  end if;
  return new;
end $function$
CREATE OR REPLACE FUNCTION tidemark.begin_key()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  perform from tidemark.duties where name = 'merkle-log' for no key update;
  new.from_size := coalesce((select max(size) from tidemark.checkpoint_notes), 0);
  return new;
end $function$
CREATE OR REPLACE FUNCTION tidemark.create_stream(p_stream text)
 RETURNS smallint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
end $function$
CREATE OR REPLACE FUNCTION tidemark.floor_holders(OUT floor bigint, OUT pid integer, OUT application text, OUT state text, OUT transaction_ms double precision, OUT query_ms double precision, OUT waits_for text)
 RETURNS SETOF record
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  select ((l.classid::bigint & 65535) << 32) | l.objid::bigint, l.pid, a.application_name, a.state,
         (extract(epoch from clock_timestamp() - a.xact_start) * 1000)::float8,
         (extract(epoch from clock_timestamp() - a.query_start) * 1000)::float8, a.wait_event_type || ' ' || a.wait_event
    from pg_locks l left join pg_stat_activity a on a.pid = l.pid
   where l.locktype = 'advisory' and l.objsubid = 1 and l.granted and (l.classid::bigint >> 16) = tidemark.floor_tag()
     and l.database = (select oid from pg_database where datname = current_database())
   order by 1, a.xact_start limit 5 $function$
CREATE OR REPLACE FUNCTION tidemark.floor_tag()
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$ select (hashtext('tidemark.floor') & 32767) $function$
CREATE OR REPLACE FUNCTION tidemark.hold_appends()
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  lock table tidemark.streams in share mode;
end $function$
CREATE OR REPLACE FUNCTION tidemark.import_events(p_streams text[], p_firsts integer[], p_lasts integer[], p_bytes bigint[], p_event_streams integer[], p_nths integer[], p_ids uuid[], p_types text[], p_schema_versions integer[], p_occurred timestamp with time zone[], p_correlations text[], p_causations text[], p_actors text[], p_tenants text[], p_traceparents text[], p_payload bytea, p_payload_from integer[], p_data_bytes integer[], p_metadata_bytes integer[], p_look_for_known boolean DEFAULT true, OUT positions bigint[], OUT versions bigint[], OUT slices integer[], OUT recorded_at timestamp with time zone)
 RETURNS record
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
 SET jit TO 'off'
 SET client_min_messages TO 'notice'
AS $function$
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
end $function$
CREATE OR REPLACE FUNCTION tidemark.keep_checkpoint()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  v_width text := case when old.signed_at < clock_timestamp() - interval '1 day' then 'hour' else 'minute' end;
  v_next timestamptz := (select signed_at from tidemark.checkpoint_notes where size > old.size order by size limit 1);
  v_before integer := (select key from tidemark.checkpoint_notes where size < old.size order by size desc limit 1);
begin
  if old.signed_at < clock_timestamp() - interval '1 hour' and v_before = old.key
     and date_trunc(v_width, v_next, 'UTC') = date_trunc(v_width, old.signed_at, 'UTC') then
    return old;
  end if;
  raise exception 'the checkpoint of % leaves is kept', old.size using errcode = 'TM003',
    hint = 'Of each minute of a day, and of each hour of before, the last one stays.';
end $function$
CREATE OR REPLACE FUNCTION tidemark.keep_cooling_off()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  if old.begins_at is not null and new.begins_at is distinct from old.begins_at or new.cooling_minutes <> old.cooling_minutes then
    raise exception 'the cooling-off time of shred request % stands', new.id using errcode = 'TM003',
      hint = 'Withdraw the request and make another.';
  end if;
  if new.state in ('shredding', 'completed') and clock_timestamp() < new.begins_at then
    raise exception 'shred request % may not begin before %', new.id, new.begins_at using errcode = 'TM003',
      hint = 'Until then it can be withdrawn.';
  end if;
  return new;
end $function$
CREATE OR REPLACE FUNCTION tidemark.keep_partitions_apart()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare v_other integer;
begin
  select o.partition into v_other from tidemark.consumer_partitions o
   where o.consumer = new.consumer and o.generation = new.generation and o.partition <> new.partition
     and o.slice_from < new.slice_to and o.slice_to > new.slice_from
   limit 1;
  if found then
    raise exception 'partitions % and % of % would share slices', v_other, new.partition, new.consumer using errcode = '23P01';
  end if;
  return null;
end $function$
CREATE OR REPLACE FUNCTION tidemark.leaf_hash(p_position bigint, p_id uuid, p_stream text, p_version bigint, p_type text, p_schema_version integer, p_recorded_us bigint, p_occurred_us bigint, p_correlation text, p_causation text, p_actor text, p_tenant text, p_data text, p_metadata text)
 RETURNS bytea
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  select sha256('\x00'::bytea || convert_to(concat_ws(' ', '1', p_position, p_id, p_version, p_schema_version, p_recorded_us, p_occurred_us,
    octet_length(p_stream), octet_length(p_type), coalesce(octet_length(p_correlation)::text, ''), coalesce(octet_length(p_causation)::text, ''),
    coalesce(octet_length(p_actor)::text, ''), coalesce(octet_length(p_tenant)::text, ''), octet_length(p_data),
    coalesce(octet_length(p_metadata)::text, '')) || E'\n' || p_stream || p_type || coalesce(p_correlation, '') || coalesce(p_causation, '')
    || coalesce(p_actor, '') || coalesce(p_tenant, '') || p_data || coalesce(p_metadata, ''), 'UTF8'))
$function$
CREATE OR REPLACE FUNCTION tidemark.process_attempts(p_process text, p_instance text)
 RETURNS integer
 LANGUAGE sql
 STABLE
AS $function$
  select coalesce(max(attempts), 0) from (
    select c.attempts from tidemark.process_commands c
     where c.process = p_process and c.instance = p_instance and c.state = 'waiting'
    union all
    select t.attempts from tidemark.process_timers t
     where t.process = p_process and t.instance = p_instance and t.state = 'waiting') waiting
$function$
CREATE OR REPLACE FUNCTION tidemark.process_due_at(p_process text, p_instance text)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE
AS $function$
  select least(
    (select c.next_attempt_at from tidemark.process_commands c
      where c.process = p_process and c.instance = p_instance and c.state = 'waiting' order by c.seq limit 1),
    (select min(t.next_attempt_at) from tidemark.process_timers t
      where t.process = p_process and t.instance = p_instance and t.state = 'waiting'))
$function$
CREATE OR REPLACE FUNCTION tidemark.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'events are append-only: % is refused', tg_op using errcode = 'TM003',
    hint = 'Record a new event that corrects the old one.';
end $function$
CREATE OR REPLACE FUNCTION tidemark.refuse_history_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception '% only grows: % is refused', tg_table_name, tg_op using errcode = 'TM003',
    hint = 'It proves what was recorded. Where it is wrong, that is to be seen, not mended.';
end $function$
CREATE OR REPLACE FUNCTION tidemark.refuse_unknown_inline()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  v_known text := coalesce(current_setting('tidemark.inline', true), '');
  v_missing text;
begin
  if v_known = 'any' then return null; end if;
  select string_agg(c.name || '@' || c.version, ', ') into v_missing from tidemark.consumers c
   where c.mode = 'inline' and c.name || '@' || c.version <> all (string_to_array(v_known, ','));
  if v_missing is not null then
    raise exception 'this process does not know the inline projections %', v_missing using errcode = 'TM005',
      hint = 'Its appends would be missing from their read models. Start it with the code that is deployed now.';
  end if;
  return null;
end $function$
CREATE OR REPLACE FUNCTION tidemark.sign_with_latest_key()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  perform from tidemark.duties where name = 'merkle-log' for no key update;
  if new.key is distinct from (select max(id) from tidemark.signing_keys) then
    raise exception 'key % signs no more', new.key using errcode = 'TM006', hint = 'Another key has begun since.';
  end if;
  return new;
end $function$
CREATE OR REPLACE FUNCTION tidemark.take_floor()
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
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
end $function$
CREATE OR REPLACE FUNCTION tidemark.waiting_events(p_consumer text, p_generation integer, p_types text[], p_max integer, OUT events integer, OUT more boolean)
 RETURNS record
 LANGUAGE plpgsql
 STABLE PARALLEL SAFE
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET enable_sort TO 'off'
AS $function$
declare
  v_part record;
  v_type text;
  v_own boolean;
  v_left integer := 16 * p_max;
begin
  events := 0;
  more := true;
  for v_part in select p.checkpoint, p.slice_from, p.slice_to from tidemark.consumer_partitions p
                 where p.consumer = p_consumer and p.generation = p_generation loop
    foreach v_type in array p_types loop
      for v_own in select e.slice >= v_part.slice_from and e.slice < v_part.slice_to from tidemark.events e
                    where (e.type, e.position) > (v_type, v_part.checkpoint) and e.type <= v_type
                    order by e.type, e.position loop
        if events = p_max or v_left = 0 then
          return;
        end if;
        v_left := v_left - 1;
        events := events + v_own::integer;
      end loop;
    end loop;
  end loop;
  more := false;
end $function$

-- Privileges of the application and of everybody
function tidemark.advance_high_water(text): tidemark_app EXECUTE
function tidemark.append(text[],integer[],integer[],bigint[],integer[],bigint[],uuid[],integer[],integer[],integer[],uuid[],text[],integer[],timestamp with time zone[],text[],text[],text[],text[],text[],text[],bytea,integer[],integer[],integer[],boolean): tidemark_app EXECUTE
function tidemark.append_event(text,bigint,uuid,uuid,text,integer,timestamp with time zone,text,text,text,text,text,text,text,text): tidemark_app EXECUTE
function tidemark.ask_for_cooling_off(): public EXECUTE
function tidemark.begin_key(): public EXECUTE
function tidemark.floor_holders(): tidemark_app EXECUTE
function tidemark.floor_tag(): public EXECUTE
function tidemark.floor_tag(): tidemark_app EXECUTE
function tidemark.hold_appends(): tidemark_app EXECUTE
function tidemark.import_events(text[],integer[],integer[],bigint[],integer[],integer[],uuid[],text[],integer[],timestamp with time zone[],text[],text[],text[],text[],text[],bytea,integer[],integer[],integer[],boolean): tidemark_app EXECUTE
function tidemark.keep_checkpoint(): public EXECUTE
function tidemark.keep_cooling_off(): public EXECUTE
function tidemark.keep_partitions_apart(): public EXECUTE
function tidemark.leaf_hash(bigint,uuid,text,bigint,text,integer,bigint,bigint,text,text,text,text,text,text): public EXECUTE
function tidemark.process_attempts(text,text): public EXECUTE
function tidemark.process_due_at(text,text): public EXECUTE
function tidemark.refuse_change(): public EXECUTE
function tidemark.refuse_history_change(): public EXECUTE
function tidemark.refuse_unknown_inline(): public EXECUTE
function tidemark.sign_with_latest_key(): public EXECUTE
function tidemark.waiting_events(text,integer,text[],integer): public EXECUTE
schema tidemark: tidemark_app USAGE
schema tidemark_read: tidemark_app CREATE, USAGE
table tidemark.alert_attempts: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.alert_channels: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.alert_deliveries: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.alert_settings: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.alert_silences: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.alert_transitions: tidemark_app INSERT, SELECT
table tidemark.alert_watch: tidemark_app SELECT, UPDATE
table tidemark.alerts: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.append_counts: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.checkpoint_notes: tidemark_app DELETE, INSERT, SELECT
table tidemark.checkpoint_witnesses: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.command_log: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.consumer_batches: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.consumer_generations: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.consumer_partitions: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.consumers: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.cooling_off: tidemark_app INSERT, SELECT, UPDATE
table tidemark.dead_letter_groups: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.dead_letters: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.duties: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.event_versions: tidemark_app INSERT, SELECT, UPDATE
table tidemark.event_versions_mark: tidemark_app INSERT, SELECT, UPDATE
table tidemark.events: tidemark_app SELECT
table tidemark.exports: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.former_partitions: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.high_water: tidemark_app SELECT
table tidemark.history_alarms: tidemark_app INSERT, SELECT, UPDATE
table tidemark.import_refusals: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.imports: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.lag_history: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.lag_samples: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.legal_holds: tidemark_app INSERT, SELECT, UPDATE
table tidemark.merkle_tiles: tidemark_app INSERT, SELECT, UPDATE
table tidemark.position_seq: tidemark_app SELECT
table tidemark.process_commands: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.process_inputs: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.process_instances: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.process_metrics: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.process_timers: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.processes: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.run_log: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.run_samples: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.runs: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.saved_views: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.sealing_choice: tidemark_app SELECT
table tidemark.sessions: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.shred_requests: tidemark_app INSERT, SELECT, UPDATE
table tidemark.sign_in_links: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.signing_key_offers: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.signing_keys: tidemark_app INSERT, SELECT
table tidemark.slo_time: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.slos: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.snapshot_faults: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.snapshot_progress: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.snapshots: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.spans: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.store_identity: tidemark_app SELECT
table tidemark.streams: tidemark_app SELECT
table tidemark.traffic: tidemark_app DELETE, INSERT, SELECT, UPDATE
table tidemark.workers: tidemark_app DELETE, INSERT, SELECT, UPDATE

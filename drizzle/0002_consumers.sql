-- Durable consumers of the log: what they are, which part each worker holds, what each commit did, how far behind they were.
-- Everything here is bookkeeping that the application may change; the log itself it may not.
create table tidemark.consumers (
  name text primary key,
  kind text not null check (kind in ('projection', 'process', 'relay')),
  mode text not null check (mode in ('async', 'inline')),
  style text not null check (style in ('fold', 'handler')),
  version integer not null,
  generation integer not null default 1,
  partitions integer not null check (partitions between 1 and 1024),
  -- Event types it handles, known to the database so that lag is counted from the log itself.
  types text[] not null,
  state text not null default 'running' check (state in ('running', 'paused')),
  state_reason text,
  state_by text,
  state_at timestamptz not null default clock_timestamp(),
  slo_ms integer not null default 10000,
  -- Inline consumers are exact from here on; everything before was applied when they were registered.
  created_at timestamptz not null default clock_timestamp(),
  registered_at timestamptz not null default clock_timestamp()
);
--> statement-breakpoint
-- The lease of one partition. `epoch` fences every write of its holder; time only decides who may ask for it next.
create table tidemark.consumer_partitions (
  consumer text not null references tidemark.consumers (name) on delete cascade,
  partition integer not null,
  slice_from integer not null,
  slice_to integer not null,
  checkpoint bigint not null default 0,
  checkpoint_at timestamptz not null default clock_timestamp(),
  epoch bigint not null default 0,
  owner text,
  lease_expires_at timestamptz,
  attempts integer not null default 0,
  error json,
  error_at timestamptz,
  next_attempt_at timestamptz,
  primary key (consumer, partition),
  check (slice_from >= 0 and slice_to <= 1024 and slice_from < slice_to)
) with (fillfactor = 50);
--> statement-breakpoint
-- One row per committed batch: from it the waiting and working time of every event in every consumer is known without sampling.
-- An event at position p was handled by the row of its partition with from_position < p <= to_position.
create table tidemark.consumer_batches (
  id bigint generated always as identity primary key,
  consumer text not null,
  partition integer not null,
  epoch bigint not null,
  from_position bigint not null,
  to_position bigint not null,
  events integer not null,
  read_at timestamptz not null,
  committed_at timestamptz not null default clock_timestamp(),
  worker text not null,
  traceparent text
);
--> statement-breakpoint
create index consumer_batches_reach on tidemark.consumer_batches (consumer, partition, to_position);
--> statement-breakpoint
create index consumer_batches_time on tidemark.consumer_batches (committed_at);
--> statement-breakpoint
-- One sample a second and consumer. A missing sample is a gap in the chart, never a zero.
create table tidemark.lag_samples (
  consumer text not null,
  at timestamptz not null default clock_timestamp(),
  age_ms double precision,
  events bigint,
  checkpoint bigint not null,
  high_water bigint not null,
  primary key (consumer, at)
);
--> statement-breakpoint
create table tidemark.workers (
  id text primary key,
  host text not null,
  pid integer not null,
  started_at timestamptz not null default clock_timestamp(),
  seen_at timestamptz not null default clock_timestamp(),
  stopped_at timestamptz
);
--> statement-breakpoint
-- Single-holder duties (the high-water agent, housekeeping), with the same epoch fence as partitions.
create table tidemark.duties (
  name text primary key,
  owner text,
  epoch bigint not null default 0,
  lease_expires_at timestamptz
);
--> statement-breakpoint
-- Read models live apart from the store: workers create their tables, one set a generation.
create schema if not exists tidemark_read;
--> statement-breakpoint
grant usage, create on schema tidemark_read to tidemark_app;
--> statement-breakpoint
grant select, insert, update, delete on tidemark.consumers, tidemark.consumer_partitions, tidemark.consumer_batches,
  tidemark.lag_samples, tidemark.workers, tidemark.duties to tidemark_app;
--> statement-breakpoint
-- Lets the appends under way end and keeps new ones waiting until the caller's transaction ends: what a new inline
-- consumer needs to fold the last of the history before appends begin to write its read model themselves.
create function tidemark.hold_appends() returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  lock table tidemark.streams in share mode;
end $$;
--> statement-breakpoint
revoke all on function tidemark.hold_appends() from public;
--> statement-breakpoint
grant execute on function tidemark.hold_appends() to tidemark_app;

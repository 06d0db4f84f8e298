-- Snapshots: states that were put aside so that they need not be folded again. Every row may be dropped at any time.
drop table tidemark.snapshots;
--> statement-breakpoint
-- Write-once: a state at a version never changes, but for the code that folded it, which the fingerprint names.
-- `event_id` ties the state to the event that it ends with: a stream that was restored and went another way has another one.
create table tidemark.snapshots (
  stream text collate "C" not null,
  fingerprint text collate "C" not null,
  version bigint not null check (version > 0),
  event_id uuid not null,
  checksum bytea not null check (octet_length(checksum) = 32),
  state json not null,
  -- Events folded for it, and how long reading and folding them took.
  folded_events integer not null,
  fold_ms double precision not null,
  taken_at timestamptz not null default clock_timestamp(),
  taken_by text not null,
  verified_at timestamptz,
  primary key (stream, fingerprint, version)
);
--> statement-breakpoint
-- What was found wrong with a snapshot. The row is gone then (a stale one may still be of use to other workers' code).
create table tidemark.snapshot_faults (
  id bigint generated always as identity primary key,
  stream text collate "C" not null,
  fingerprint text collate "C" not null,
  version bigint not null,
  fault text not null check (fault in ('stale', 'corrupt', 'ahead', 'other-history', 'drift')),
  detail json,
  found_at timestamptz not null default clock_timestamp(),
  healed_at timestamptz
);
--> statement-breakpoint
create unique index snapshot_faults_open on tidemark.snapshot_faults (stream, fingerprint, version, fault)
  where healed_at is null;
--> statement-breakpoint
-- How far the log has been looked through for streams that are due for a snapshot.
create table tidemark.snapshot_progress (
  category text collate "C" primary key,
  position bigint not null default 0,
  looked_at timestamptz not null default clock_timestamp()
);
--> statement-breakpoint
grant select, insert, update, delete on tidemark.snapshots, tidemark.snapshot_faults, tidemark.snapshot_progress to tidemark_app;

-- Runs: long jobs that workers carry out under a lease, step by step, and that people watch, pause and stop.
create table tidemark.runs (
  id bigint generated always as identity primary key,
  kind text not null,
  -- What it is about: a projection's name, a file's. Two live runs with the same claim exclude each other.
  subject text,
  claim text,
  input json not null,
  state text not null default 'waiting' check (state in
    ('waiting', 'running', 'paused', 'cancelling', 'awaiting-decision', 'succeeded', 'failed', 'cancelled')),
  -- What operators want of it; its executor looks at each step and with each heart-beat.
  wanted text not null default 'run' check (wanted in ('run', 'pause', 'cancel')),
  decision text,
  throttle double precision check (throttle > 0),
  phases text[] not null,
  -- What done and total count, and what the kind offers beside pause, resume and cancel.
  unit text not null,
  offers text[] not null default '{}',
  phase text,
  done bigint not null default 0,
  total bigint,
  detail text,
  problems bigint not null default 0,
  error json,
  result json,
  -- Where the next step begins; written in the step's own transaction, under the epoch.
  checkpoint json,
  steps bigint not null default 0,
  requested_by text not null,
  reason text,
  ticket text,
  attempts integer not null default 0,
  epoch bigint not null default 0,
  owner text,
  lease_expires_at timestamptz,
  log_lines bigint not null default 0,
  created_at timestamptz not null default clock_timestamp(),
  started_at timestamptz,
  phase_at timestamptz,
  ended_at timestamptz,
  check ((ended_at is not null) = (state in ('succeeded', 'failed', 'cancelled')))
) with (fillfactor = 70);
--> statement-breakpoint
create unique index runs_claim on tidemark.runs (claim) where ended_at is null;
--> statement-breakpoint
create index runs_live on tidemark.runs (id) where ended_at is null;
--> statement-breakpoint
create index runs_by_kind on tidemark.runs (kind, id);
--> statement-breakpoint
create index runs_by_state on tidemark.runs (state, id);
--> statement-breakpoint
create index runs_by_subject on tidemark.runs (subject, id);
--> statement-breakpoint
-- The newest lines of each run; older ones are dropped as new ones come.
create table tidemark.run_log (
  run bigint not null references tidemark.runs (id) on delete cascade,
  line bigint not null,
  at timestamptz not null default clock_timestamp(),
  level text not null check (level in ('info', 'warn', 'error')),
  message text not null,
  primary key (run, line)
);
--> statement-breakpoint
-- Progress over the last minutes, from which rate and time left are read.
create table tidemark.run_samples (
  run bigint not null references tidemark.runs (id) on delete cascade,
  at timestamptz not null default clock_timestamp(),
  phase text,
  done bigint not null,
  total bigint,
  primary key (run, at)
);
--> statement-breakpoint
grant select, insert, update, delete on tidemark.runs, tidemark.run_log, tidemark.run_samples to tidemark_app;

-- What telemetry leaves in the database: for a while, spans in detail, and what each process has counted so far. Both are
-- bounded, and nothing depends on them: the steps of a trace come from the log and the batch records.
create table tidemark.spans (
  id bigint generated always as identity primary key,
  trace_id text collate "C" not null,
  span_id text collate "C" not null,
  parent_id text collate "C",
  name text not null,
  kind text not null,
  -- Which of the installation's processes it was.
  service text not null,
  instance text not null,
  started_at timestamptz not null,
  duration_us bigint not null,
  failed boolean not null,
  attributes json not null
);
--> statement-breakpoint
create index spans_trace on tidemark.spans (trace_id, id);
--> statement-breakpoint
create index spans_time on tidemark.spans (started_at);
--> statement-breakpoint
-- One row a process, written anew every few seconds. A process that is gone leaves the last it counted for a while.
create table tidemark.process_metrics (
  instance text primary key,
  service text not null,
  started_at timestamptz not null default clock_timestamp(),
  seen_at timestamptz not null default clock_timestamp(),
  metrics json not null
) with (fillfactor = 50);
--> statement-breakpoint
grant select, insert, update, delete on tidemark.spans, tidemark.process_metrics to tidemark_app;
--> statement-breakpoint
-- The trace that led to them, so that what they lead to, days later and elsewhere, continues it.
alter table tidemark.process_commands add column traceparent text;
--> statement-breakpoint
alter table tidemark.process_timers add column traceparent text;
--> statement-breakpoint
alter table tidemark.runs add column traceparent text;

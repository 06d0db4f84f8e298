-- A trace tells of the timers that were set on its way: which input set each, and all of one correlation.
alter table tidemark.process_timers add column input_id uuid;
--> statement-breakpoint
create index process_timers_correlation on tidemark.process_timers (correlation_id, set_at);
--> statement-breakpoint
-- Commands that led to no event: the log tells of all others.
create index process_commands_unrecorded on tidemark.process_commands (correlation_id, seq) where state <> 'accepted';
--> statement-breakpoint
-- How long the batches of a stretch worked, milliseconds; null when none was committed in it, or before this was kept.
alter table tidemark.lag_history
  add column working_p50_ms double precision, add column working_p95_ms double precision, add column working_p99_ms double precision;

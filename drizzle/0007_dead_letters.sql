-- Events that a consumer could not apply, set aside so that all other streams go on. A letter is written, moved on and
-- closed only in the transaction that moves (or confirms) the checkpoint of the partition, under its epoch.
-- The event stands here by reference; what waits behind it is not copied: it is what the log holds of the stream above
-- the event, up to the checkpoint of the partition.
create table tidemark.dead_letters (
  id bigint generated always as identity primary key,
  consumer text not null references tidemark.consumers (name) on delete cascade,
  generation integer not null,
  stream text not null,
  slice integer not null,
  version bigint not null,
  position bigint not null,
  event_id uuid not null,
  type text not null,
  -- Whether the later events of the stream wait behind it.
  blocks boolean not null,
  -- retrying: will be tried again by itself · parked: waits for an operator · draining: it is done, what waited behind it
  -- is being applied · retried, skipped: closed.
  state text not null check (state in ('retrying', 'parked', 'draining', 'retried', 'skipped')),
  -- The cause: consumer, error type, top frame, event type, payload path.
  fingerprint text not null,
  -- Name, message without payload values, top frame, stack, payload path.
  error json not null,
  -- The build whose code failed.
  build text not null,
  attempts integer not null default 1,
  first_at timestamptz not null default clock_timestamp(),
  last_at timestamptz not null default clock_timestamp(),
  next_attempt_at timestamptz,
  -- What an operator has ordered; whoever holds the partition carries it out.
  wanted text check (wanted in ('retry', 'skip')),
  wanted_by text,
  wanted_at timestamptz,
  reason text,
  ticket text,
  -- What became of the event itself, and up to which version its stream has been applied since.
  outcome text check (outcome in ('retried', 'skipped')),
  through bigint,
  closed_at timestamptz,
  check ((closed_at is null) = (state not in ('retried', 'skipped'))),
  check ((outcome is null) = (state in ('retrying', 'parked')))
);
--> statement-breakpoint
create unique index dead_letters_event on tidemark.dead_letters (consumer, generation, position) where closed_at is null;
--> statement-breakpoint
create unique index dead_letters_stream on tidemark.dead_letters (consumer, generation, stream) where closed_at is null and blocks;
--> statement-breakpoint
create index dead_letters_slice on tidemark.dead_letters (consumer, generation, slice) where closed_at is null;
--> statement-breakpoint
create index dead_letters_group on tidemark.dead_letters (fingerprint, id) where closed_at is null;
--> statement-breakpoint
create index dead_letters_open on tidemark.dead_letters (id) where closed_at is null;
--> statement-breakpoint
create index dead_letters_wanted on tidemark.dead_letters (consumer, slice) where closed_at is null and wanted is not null;
--> statement-breakpoint
create index dead_letters_recent on tidemark.dead_letters (consumer, generation, first_at);
--> statement-breakpoint
create index dead_letters_of_stream on tidemark.dead_letters (stream, consumer, generation);
--> statement-breakpoint
create index dead_letters_closed on tidemark.dead_letters (closed_at) where closed_at is not null;
--> statement-breakpoint
grant select, insert, update, delete on tidemark.dead_letters to tidemark_app;

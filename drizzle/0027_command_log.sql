-- What became of each command: the answers that leave no event behind, too. Written beside the work, for people; bounded
-- in number and age, and nothing depends on it. It holds no input and no words of a domain's no: those may be about a person.
create table tidemark.command_log (
  seq bigint generated always as identity primary key,
  -- The command's own id. A process sends a command again under the id that it has.
  id uuid not null unique,
  handled_at timestamptz not null,
  category text not null,
  command text not null,
  stream text collate "C" not null,
  actor text,
  tenant text,
  correlation_id text collate "C" not null,
  causation_id text,
  outcome text not null check (outcome in ('accepted', 'rejected', 'conflict', 'invalid', 'failed')),
  -- The rejection's, or the error's; null for what was accepted.
  code text check ((code is null) = (outcome = 'accepted')),
  -- How often it was decided, and how often it was sent.
  attempts integer not null,
  asked integer not null default 1,
  duration_us bigint not null,
  -- The version of its stream that it left behind or was decided on; null where it came to no decision.
  version bigint,
  -- The streams it wrote to, each with the first and last version.
  written json not null
);
--> statement-breakpoint
create index command_log_time on tidemark.command_log (handled_at);
--> statement-breakpoint
create index command_log_refused on tidemark.command_log (outcome, seq) where outcome <> 'accepted';
--> statement-breakpoint
create index command_log_stream on tidemark.command_log (stream, seq);
--> statement-breakpoint
grant select, insert, update, delete on tidemark.command_log to tidemark_app;

-- What the log holds of each event type and schema version: how many, since when, until when. Counted behind the
-- high-water mark by a worker, so that nobody scans the log to know it.
create table tidemark.event_versions (
  type text collate "C" not null,
  schema_version integer not null,
  events bigint not null,
  first_position bigint not null,
  last_position bigint not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  primary key (type, schema_version)
) with (fillfactor = 50);
--> statement-breakpoint
-- How far the log has been counted. It moves in the transaction that counts: each event is counted once.
create table tidemark.event_versions_mark (
  id boolean primary key default true check (id),
  position bigint not null default 0,
  counted_at timestamptz not null default clock_timestamp()
) with (fillfactor = 50);
--> statement-breakpoint
insert into tidemark.event_versions_mark default values;
--> statement-breakpoint
grant select, insert, update on tidemark.event_versions, tidemark.event_versions_mark to tidemark_app;

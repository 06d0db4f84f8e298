-- The event store: streams, events, the high-water row, snapshots, and the role that may only append.
-- Names are qualified with the default schema; the migrator replaces it when another one is configured.
create schema if not exists tidemark;
--> statement-breakpoint
do $$ begin
  create role tidemark_app nologin;
exception when duplicate_object or unique_violation then null; -- roles belong to the cluster, not to the database
end $$;
--> statement-breakpoint
do $$ begin
  if not pg_has_role(current_user, 'tidemark_app', 'member') then
    execute format('grant tidemark_app to %I', current_user);
  end if;
end $$;
--> statement-breakpoint
-- One row a stream. It is the lock of an append, the check of its expected version, and its result.
-- Fill factor: every append rewrites the row in place (no index holds a changing column).
create table tidemark.streams (
  version bigint not null default 0 check (version >= 0),
  first_position bigint,
  last_position bigint,
  bytes bigint not null default 0,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  slice smallint not null check (slice between 0 and 1023),
  stream text collate "C" primary key check (octet_length(stream) between 1 and 512),
  category text collate "C" not null,
  tenant text collate "C"
) with (fillfactor = 75);
--> statement-breakpoint
create index streams_category on tidemark.streams (category, stream);
--> statement-breakpoint
-- CACHE 1 is load-bearing: the order of draws is the order of positions.
create sequence tidemark.position_seq as bigint cache 1;
--> statement-breakpoint
-- Payload and metadata are json, not jsonb: what was sent is what is stored, byte for byte.
create table tidemark.events (
  position bigint primary key,
  version bigint not null check (version > 0),
  recorded_at timestamptz not null,
  occurred_at timestamptz not null,
  schema_version integer not null check (schema_version > 0),
  slice smallint not null,
  event_id uuid not null,
  stream text collate "C" not null,
  category text collate "C" not null,
  type text collate "C" not null,
  correlation_id text collate "C" not null,
  causation_id text collate "C",
  actor text collate "C",
  tenant text collate "C",
  traceparent text,
  leaf bytea not null check (octet_length(leaf) = 32),
  data json not null,
  metadata json,
  command json
);
--> statement-breakpoint
create unique index events_stream_version on tidemark.events (stream, version);
--> statement-breakpoint
create unique index events_event_id on tidemark.events (event_id);
--> statement-breakpoint
create index events_type on tidemark.events (type, position);
--> statement-breakpoint
create index events_category on tidemark.events (category, position);
--> statement-breakpoint
create index events_correlation on tidemark.events (correlation_id, position);
--> statement-breakpoint
-- Everything at or below `position` can be read and will never change. Only the high-water agent writes here.
create table tidemark.high_water (
  id boolean primary key default true check (id),
  position bigint not null default 0,
  moved_at timestamptz not null default clock_timestamp(),
  checked_at timestamptz,
  agent text
) with (fillfactor = 50);
--> statement-breakpoint
insert into tidemark.high_water default values;
--> statement-breakpoint
create table tidemark.snapshots (
  stream text collate "C" not null,
  kind text not null,
  schema_hash text not null,
  version bigint not null check (version > 0),
  state json not null,
  taken_at timestamptz not null default clock_timestamp(),
  primary key (stream, kind, schema_hash)
);
--> statement-breakpoint
create function tidemark.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'events are append-only: % is refused', tg_op using errcode = 'TM003',
    hint = 'Record a new event that corrects the old one.';
end $$;
--> statement-breakpoint
create trigger events_append_only before update or delete on tidemark.events
  for each row execute function tidemark.refuse_change();
--> statement-breakpoint
create trigger events_no_truncate before truncate on tidemark.events
  for each statement execute function tidemark.refuse_change();
--> statement-breakpoint
grant usage on schema tidemark to tidemark_app;
--> statement-breakpoint
grant select on tidemark.streams, tidemark.events, tidemark.high_water, tidemark.position_seq to tidemark_app;
--> statement-breakpoint
grant select, insert, update, delete on tidemark.snapshots to tidemark_app;

-- Generations of a consumer: one serves, another may be built beside it, older ones are kept for going back. Each has
-- partitions, checkpoints and, for projections, tables of its own; `consumers` says which one is live.
create table tidemark.consumer_generations (
  consumer text not null references tidemark.consumers (name) on delete cascade,
  generation integer not null,
  -- The version of the code that may write it, and what that code is.
  version integer not null,
  style text not null check (style in ('fold', 'handler')),
  partitions integer not null check (partitions between 1 and 1024),
  types text[] not null,
  state text not null check (state in ('building', 'live', 'kept', 'retired')),
  -- Who asked for it: `register` for the code itself, otherwise the run that builds it.
  created_by text not null default 'register',
  created_at timestamptz not null default clock_timestamp(),
  live_at timestamptz,
  retired_at timestamptz,
  -- What of the log it is built from; null is all of it.
  scope json,
  -- A building generation has no partitions while it is replayed. `epoch` fences whoever replays it, `replay_until` is the
  -- mark up to which that is done, `replayed` how far everything is in its tables.
  epoch bigint not null default 0,
  replay_until bigint,
  replayed json,
  paused boolean not null default false,
  primary key (consumer, generation)
);
--> statement-breakpoint
create unique index consumer_generations_live on tidemark.consumer_generations (consumer) where state = 'live';
--> statement-breakpoint
create unique index consumer_generations_building on tidemark.consumer_generations (consumer) where state = 'building';
--> statement-breakpoint
insert into tidemark.consumer_generations (consumer, generation, version, style, partitions, types, state, created_at, live_at)
  select name, generation, version, style, partitions, types, 'live', registered_at, registered_at from tidemark.consumers;
--> statement-breakpoint
alter table tidemark.consumer_partitions add column generation integer not null default 1;
--> statement-breakpoint
update tidemark.consumer_partitions p set generation = c.generation from tidemark.consumers c where c.name = p.consumer;
--> statement-breakpoint
alter table tidemark.consumer_partitions drop constraint consumer_partitions_pkey, add primary key (consumer, generation, partition);
--> statement-breakpoint
alter table tidemark.consumer_batches add column generation integer not null default 1;
--> statement-breakpoint
update tidemark.consumer_batches b set generation = c.generation from tidemark.consumers c where c.name = b.consumer;
--> statement-breakpoint
drop index tidemark.consumer_batches_reach;
--> statement-breakpoint
create index consumer_batches_reach on tidemark.consumer_batches (consumer, generation, partition, to_position);
--> statement-breakpoint
grant select, insert, update, delete on tidemark.consumer_generations to tidemark_app;
--> statement-breakpoint
-- Which consumers in which versions a worker has code for, as a digest: workers of one code share the partitions evenly.
alter table tidemark.workers add column code text not null default '';
--> statement-breakpoint
-- An inline projection is complete because every append writes it. A process that does not know it, or knows another
-- version, must not append past it: connections say what they know in `tidemark.inline` (`name@version,…`), `any` says
-- that the caller sees to it. On the update of the streams' rows, because then the table's lock is held, which a
-- registration waits for: nobody can come to know less between this look and his commit.
create function tidemark.refuse_unknown_inline() returns trigger
language plpgsql as $$
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
end $$;
--> statement-breakpoint
create trigger refuse_unknown_inline before update on tidemark.streams
  for each statement execute function tidemark.refuse_unknown_inline();

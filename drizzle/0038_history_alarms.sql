-- That history was found to be other than it was recorded or signed. Open until a verification that began later finds nothing, or
-- until an operator settles it. docs/decisions/0074-history-alarms.md.
create table tidemark.history_alarms (
  id bigint generated always as identity primary key,
  -- The verification that found it; null: the builder of the Merkle log.
  run bigint,
  found_at timestamptz not null default clock_timestamp(),
  faults bigint not null check (faults > 0),
  -- Of what was found first and last in the log; null where it is not about positions.
  first_position bigint,
  last_position bigint check ((last_position is null) = (first_position is null) and last_position >= first_position),
  -- The first fault, in words.
  what text not null,
  -- A note from outside of the database that the log contradicts: verifications compare it, too.
  held_note text,
  settled_at timestamptz,
  settled_by text check ((settled_by is null) = (settled_at is null)),
  settled_reason text
);
--> statement-breakpoint
-- Who finds the same again and again says it once.
create unique index history_alarms_open on tidemark.history_alarms ((coalesce(run, 0))) where settled_at is null;
--> statement-breakpoint
grant select, insert, update on tidemark.history_alarms to tidemark_app;

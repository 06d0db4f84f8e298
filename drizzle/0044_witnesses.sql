-- How far each witness has the checkpoint notes: a folder or a webhook outside of the database. docs/decisions/0076-witnesses.md.
create table tidemark.checkpoint_witnesses (
  -- Its kind and what may be shown of where it is; never a secret.
  name text primary key,
  -- The size of the last note that it has taken; null before the first.
  size bigint,
  published_at timestamptz,
  -- Attempts in a row that failed, and why the last did.
  failures integer not null default 0 check (failures >= 0),
  error text check ((error is null) = (failures = 0)),
  next_at timestamptz not null default clock_timestamp(),
  -- When a worker that publishes to it looked last.
  seen_at timestamptz not null default clock_timestamp()
);
--> statement-breakpoint
grant select, insert, update, delete on tidemark.checkpoint_witnesses to tidemark_app;

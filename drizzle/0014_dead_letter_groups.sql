-- What people have said about a cause of dead letters: whose it is, and until when nobody wants to be told of it. The
-- letters themselves are untouched by it; both hold only while one of the letters of that time is still open.
create table tidemark.dead_letter_groups (
  fingerprint text primary key,
  assignee text,
  assigned_by text,
  assigned_at timestamptz,
  snoozed_at timestamptz,
  snoozed_by text,
  -- Until a time, or until a worker of a build that is none of these: the next deploy.
  snoozed_until timestamptz,
  snoozed_builds text[],
  touched_at timestamptz not null default clock_timestamp(),
  check ((assignee is null) = (assigned_at is null)),
  check (case when snoozed_at is null then snoozed_until is null and snoozed_builds is null
              else (snoozed_until is null) <> (snoozed_builds is null) end)
);
--> statement-breakpoint
create index dead_letter_groups_next_deploy on tidemark.dead_letter_groups (fingerprint) where snoozed_builds is not null;
--> statement-breakpoint
grant select, insert, update, delete on tidemark.dead_letter_groups to tidemark_app;
--> statement-breakpoint
alter table tidemark.workers add column build text;

-- Whether personal fields of new events are sealed, once it has been decided: for a store that begins, yes; for one that had
-- events in plain text already, only when its operator says so. docs/decisions/0080-sealing-from-the-start.md.
create table tidemark.sealing_choice (
  id smallint primary key default 1 check (id = 1),
  sealed boolean not null,
  decided_at timestamptz not null default clock_timestamp()
);
--> statement-breakpoint
grant select on tidemark.sealing_choice to tidemark_app;

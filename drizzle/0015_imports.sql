-- What an import run has come to: where whoever sends the same file again goes on, and what became of the lines before.
create table tidemark.imports (
  run bigint primary key references tidemark.runs (id) on delete cascade,
  -- Lines that are settled, and the hash of their text; events may be stored of the part after them.
  lines bigint not null default 0,
  digest text,
  blank bigint not null default 0,
  refused bigint not null default 0,
  appended bigint not null default 0,
  first_position bigint,
  last_position bigint
) with (fillfactor = 70);
--> statement-breakpoint
create table tidemark.import_refusals (
  run bigint not null references tidemark.imports (run) on delete cascade,
  line bigint not null,
  reason text not null,
  message text not null,
  primary key (run, line)
);
--> statement-breakpoint
grant select, insert, update, delete on tidemark.imports, tidemark.import_refusals to tidemark_app;

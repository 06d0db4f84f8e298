-- The Merkle log: a tree of RFC 6962 over the leaf hashes of the events, in the order of their positions and without gaps,
-- built behind the high-water mark and cut into tiles of 256 hashes. What is complete is stored and never changes; all else
-- is computed from it. docs/decisions/0068-the-merkle-log.md.
create table tidemark.merkle_tiles (
  -- Level 0 has the leaves of events, 256 a tile; a tile of the level above has the roots of 256 tiles.
  level smallint not null check (level between 0 and 6),
  index bigint not null check (index >= 0),
  -- Hashes in it. Below 256 only in the last tile of level 0, which still grows.
  width integer not null check (width between 1 and 256 and (width = 256 or level = 0)),
  first_position bigint not null,
  last_position bigint not null check (last_position >= first_position),
  -- Of all its hashes; null while it grows.
  root bytea check (octet_length(root) = 32 and (root is null) = (width < 256)),
  hashes bytea not null check (octet_length(hashes) = 32 * width),
  -- Of the events, in the order of the hashes.
  positions bigint[] check (level > 0 or coalesce(cardinality(positions), 0) = width),
  primary key (level, index)
);
--> statement-breakpoint
-- Hashes do not shrink.
alter table tidemark.merkle_tiles alter column hashes set storage external, alter column positions set storage external;
--> statement-breakpoint
-- Finds the place of an event. Unique: no two tiles begin with one event.
create unique index merkle_tiles_first on tidemark.merkle_tiles (first_position) where level = 0;
--> statement-breakpoint
create function tidemark.refuse_history_change() returns trigger language plpgsql as $$
begin
  raise exception '% only grows: % is refused', tg_table_name, tg_op using errcode = 'TM003',
    hint = 'It proves what was recorded. Where it is wrong, that is to be seen, not mended.';
end $$;
--> statement-breakpoint
-- A tile grows at its end, and is then whole.
create trigger merkle_tiles_grow before update on tidemark.merkle_tiles for each row
  when (not (new.level = old.level and new.index = old.index and new.first_position = old.first_position and new.width > old.width
             and substring(new.hashes from 1 for 32 * old.width) = old.hashes and new.positions[1:old.width] = old.positions))
  execute function tidemark.refuse_history_change();
--> statement-breakpoint
create trigger merkle_tiles_kept before delete on tidemark.merkle_tiles for each row execute function tidemark.refuse_history_change();
--> statement-breakpoint
create trigger merkle_tiles_no_truncate before truncate on tidemark.merkle_tiles
  for each statement execute function tidemark.refuse_history_change();
--> statement-breakpoint
-- Public keys that sign, the latest now. The private ones are never in the database.
create table tidemark.signing_keys (
  id integer primary key check (id > 0),
  -- The name of the log in every note: that of its first key.
  origin text not null,
  verifier text not null unique,
  since timestamptz not null default clock_timestamp()
);
--> statement-breakpoint
-- Signed notes of the Merkle log, at most one a second.
create table tidemark.checkpoint_notes (
  -- How many events it speaks of.
  size bigint primary key check (size > 0),
  -- Of the last of them.
  position bigint not null,
  root bytea not null check (octet_length(root) = 32),
  note text not null,
  signed_at timestamptz not null default clock_timestamp()
);
--> statement-breakpoint
create trigger checkpoint_notes_kept before update or delete on tidemark.checkpoint_notes
  for each row execute function tidemark.refuse_history_change();
--> statement-breakpoint
create trigger checkpoint_notes_no_truncate before truncate on tidemark.checkpoint_notes
  for each statement execute function tidemark.refuse_history_change();
--> statement-breakpoint
create trigger signing_keys_kept before update or delete on tidemark.signing_keys
  for each row execute function tidemark.refuse_history_change();
--> statement-breakpoint
create trigger signing_keys_no_truncate before truncate on tidemark.signing_keys
  for each statement execute function tidemark.refuse_history_change();
--> statement-breakpoint
grant select, insert, update on tidemark.merkle_tiles to tidemark_app;
--> statement-breakpoint
grant select, insert on tidemark.signing_keys, tidemark.checkpoint_notes to tidemark_app;

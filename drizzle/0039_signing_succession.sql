-- A key that is lost is succeeded by another, and notes are thinned. docs/decisions/0075-signing-keys-succeed.md.

-- How many leaves were signed when the key began: notes of larger sizes are its own, until the next one begins.
alter table tidemark.signing_keys add column from_size bigint not null default 0 check (from_size >= 0);
--> statement-breakpoint
alter table tidemark.checkpoint_notes add column key integer not null default 1 references tidemark.signing_keys;
--> statement-breakpoint
alter table tidemark.checkpoint_notes alter column key drop default;
--> statement-breakpoint
-- Signing and beginning a key hold the same row, so a note is of before or of after.
create function tidemark.begin_key() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform from tidemark.duties where name = 'merkle-log' for no key update;
  new.from_size := coalesce((select max(size) from tidemark.checkpoint_notes), 0);
  return new;
end $$;
--> statement-breakpoint
create trigger signing_keys_begin before insert on tidemark.signing_keys for each row execute function tidemark.begin_key();
--> statement-breakpoint
create function tidemark.sign_with_latest_key() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform from tidemark.duties where name = 'merkle-log' for no key update;
  if new.key is distinct from (select max(id) from tidemark.signing_keys) then
    raise exception 'key % signs no more', new.key using errcode = 'TM006', hint = 'Another key has begun since.';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger checkpoint_notes_latest_key before insert on tidemark.checkpoint_notes
  for each row execute function tidemark.sign_with_latest_key();
--> statement-breakpoint
-- Keys that workers have and that are not the log's, for an operator to begin; forgotten after a day.
create table tidemark.signing_key_offers (
  verifier text primary key,
  worker text not null,
  seen_at timestamptz not null default clock_timestamp()
);
--> statement-breakpoint
drop trigger checkpoint_notes_kept on tidemark.checkpoint_notes;
--> statement-breakpoint
create trigger checkpoint_notes_kept before update on tidemark.checkpoint_notes
  for each row execute function tidemark.refuse_history_change();
--> statement-breakpoint
-- A note may go only after an hour, when a later one of its minute stays; after a day one of its hour. The first of a key stays.
create function tidemark.keep_checkpoint() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_width text := case when old.signed_at < clock_timestamp() - interval '1 day' then 'hour' else 'minute' end;
  v_next timestamptz := (select signed_at from tidemark.checkpoint_notes where size > old.size order by size limit 1);
  v_before integer := (select key from tidemark.checkpoint_notes where size < old.size order by size desc limit 1);
begin
  if old.signed_at < clock_timestamp() - interval '1 hour' and v_before = old.key
     and date_trunc(v_width, v_next, 'UTC') = date_trunc(v_width, old.signed_at, 'UTC') then
    return old;
  end if;
  raise exception 'the checkpoint of % leaves is kept', old.size using errcode = 'TM003',
    hint = 'Of each minute of a day, and of each hour of before, the last one stays.';
end $$;
--> statement-breakpoint
create trigger checkpoint_notes_thinned before delete on tidemark.checkpoint_notes
  for each row execute function tidemark.keep_checkpoint();
--> statement-breakpoint
grant delete on tidemark.checkpoint_notes to tidemark_app;
--> statement-breakpoint
grant select, insert, update, delete on tidemark.signing_key_offers to tidemark_app;

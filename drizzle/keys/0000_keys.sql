-- The key database: one wrapped key a person and epoch, apart from the events. Who they are is not in it, only a digest that
-- nobody can compute without the secret of this key store. docs/decisions/0070-the-key-store.md.
create schema if not exists tidemark_keys;
--> statement-breakpoint
do $$ begin
  create role tidemark_keys nologin;
exception when duplicate_object or unique_violation then null; -- roles belong to the cluster, not to the database
end $$;
--> statement-breakpoint
do $$ begin
  if not pg_has_role(current_user, 'tidemark_keys', 'member') then
    execute format('grant tidemark_keys to %I', current_user);
  end if;
end $$;
--> statement-breakpoint
-- Which key store this is, and whose. One row, made once.
create table tidemark_keys.key_store (
  id smallint primary key default 1 check (id = 1),
  identity uuid not null,
  -- The identity of the store whose events are sealed with it.
  store uuid not null,
  -- The secret of all digests, wrapped, and the key-encryption key that opens it.
  wrapped_secret bytea not null,
  kek text collate "C" not null,
  since timestamptz not null default clock_timestamp()
);
--> statement-breakpoint
create table tidemark_keys.subject_keys (
  id uuid primary key,
  tenant text collate "C",
  -- A keyed digest of tenant and identifier.
  subject bytea not null check (octet_length(subject) = 32),
  -- 1 at first; the next one when a forgotten person comes back by an explicit act.
  epoch integer not null check (epoch > 0),
  state text collate "C" not null default 'live' check (state in ('live', 'destroyed')),
  wrapped bytea,
  kek text collate "C",
  created_at timestamptz not null default clock_timestamp(),
  destroyed_at timestamptz,
  check ((state = 'live') = (wrapped is not null)),
  check ((state = 'live') = (kek is not null)),
  check ((state = 'destroyed') = (destroyed_at is not null)),
  -- Of two that make a key for one person at once, one is refused.
  unique (subject, epoch)
);
--> statement-breakpoint
-- A person has one live key at most.
create unique index subject_keys_live on tidemark_keys.subject_keys (subject) where state = 'live';
--> statement-breakpoint
-- What a rotation has still to do, in steps, and how many keys stand under each key-encryption key.
create index subject_keys_kek on tidemark_keys.subject_keys (kek, id) where state = 'live';
--> statement-breakpoint
create index subject_keys_destroyed on tidemark_keys.subject_keys (id) where state = 'destroyed';
--> statement-breakpoint
create function tidemark_keys.refuse_key_change() returns trigger language plpgsql as $$
begin
  raise exception '% keeps what it knows: this % is refused', tg_table_name, lower(tg_op) using errcode = 'TM003',
    hint = 'A live key can be wrapped anew or destroyed, once. The row of a destroyed key stays: without it, erased and unknown look the same.';
end $$;
--> statement-breakpoint
-- A key is wrapped anew or destroyed; a destroyed one stays so.
create trigger subject_keys_change before update on tidemark_keys.subject_keys for each row
  when (old.state = 'destroyed' or (new.id, new.tenant, new.subject, new.epoch, new.created_at)
        is distinct from (old.id, old.tenant, old.subject, old.epoch, old.created_at))
  execute function tidemark_keys.refuse_key_change();
--> statement-breakpoint
create trigger subject_keys_kept before delete on tidemark_keys.subject_keys
  for each row execute function tidemark_keys.refuse_key_change();
--> statement-breakpoint
create trigger subject_keys_no_truncate before truncate on tidemark_keys.subject_keys
  for each statement execute function tidemark_keys.refuse_key_change();
--> statement-breakpoint
-- Only its wrapping changes.
create trigger key_store_change before update on tidemark_keys.key_store for each row
  when ((new.id, new.identity, new.store, new.since) is distinct from (old.id, old.identity, old.store, old.since))
  execute function tidemark_keys.refuse_key_change();
--> statement-breakpoint
create trigger key_store_kept before delete on tidemark_keys.key_store
  for each row execute function tidemark_keys.refuse_key_change();
--> statement-breakpoint
create trigger key_store_no_truncate before truncate on tidemark_keys.key_store
  for each statement execute function tidemark_keys.refuse_key_change();
--> statement-breakpoint
-- Every process forgets a destroyed key at once, whoever destroyed it.
create function tidemark_keys.tell_destroyed() returns trigger language plpgsql as $$
begin
  perform pg_notify('tidemark_keys', new.id::text);
  return null;
end $$;
--> statement-breakpoint
create trigger subject_keys_told after update on tidemark_keys.subject_keys for each row
  when (new.state = 'destroyed') execute function tidemark_keys.tell_destroyed();
--> statement-breakpoint
-- Also in sessions that switch ordinary triggers off.
alter table tidemark_keys.subject_keys enable always trigger subject_keys_change,
  enable always trigger subject_keys_kept, enable always trigger subject_keys_no_truncate,
  enable always trigger subject_keys_told;
--> statement-breakpoint
alter table tidemark_keys.key_store enable always trigger key_store_change,
  enable always trigger key_store_kept, enable always trigger key_store_no_truncate;
--> statement-breakpoint
grant usage on schema tidemark_keys to tidemark_keys;
--> statement-breakpoint
-- Columns that may change, and no delete.
grant select, insert, update (state, wrapped, kek, destroyed_at) on tidemark_keys.subject_keys to tidemark_keys;
--> statement-breakpoint
grant select, update (wrapped_secret, kek) on tidemark_keys.key_store to tidemark_keys;

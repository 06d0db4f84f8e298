-- Which store this is, and which key store its personal fields are sealed with. A start against another key store is refused:
-- its answers would look like erased or unknown people. docs/decisions/0070-the-key-store.md.
create table tidemark.store_identity (
  id smallint primary key default 1 check (id = 1),
  store uuid not null default gen_random_uuid(),
  -- Null until the store has had a key store; then it never changes.
  key_store uuid,
  key_store_since timestamptz,
  check ((key_store is null) = (key_store_since is null))
);
--> statement-breakpoint
insert into tidemark.store_identity default values;
--> statement-breakpoint
create trigger store_identity_change before update on tidemark.store_identity for each row
  when (new.store <> old.store or old.key_store is not null) execute function tidemark.refuse_history_change();
--> statement-breakpoint
create trigger store_identity_kept before delete on tidemark.store_identity
  for each row execute function tidemark.refuse_history_change();
--> statement-breakpoint
create trigger store_identity_no_truncate before truncate on tidemark.store_identity
  for each statement execute function tidemark.refuse_history_change();
--> statement-breakpoint
grant select on tidemark.store_identity to tidemark_app;

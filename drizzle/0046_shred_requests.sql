-- Requests to forget a person, and legal holds that forbid it. Who the person is stands here only as the digest of the key store
-- and, until the request ends, as text that only the key store opens. docs/decisions/0078-shred.md.
create table tidemark.shred_requests (
  id uuid primary key,
  tenant text collate "C",
  subject text collate "C" not null check (subject ~ '^[0-9a-f]{64}$'),
  -- The identifier, sealed by the key store; null once the request has ended.
  reference bytea,
  state text collate "C" not null default 'requested'
    check (state in ('requested', 'approved', 'shredding', 'completed', 'refused', 'void')),
  requested_by text not null,
  requested_at timestamptz not null default clock_timestamp(),
  due_at timestamptz not null,
  reason text not null,
  ticket text,
  -- For how many days backups of the key database are kept: a certificate says when the last one is gone.
  key_backup_days integer not null check (key_backup_days >= 0),
  -- What erasing would touch, frozen, and the hash by which it is approved; null while it is still looked for.
  preview json,
  preview_hash text collate "C" check (preview_hash ~ '^[0-9a-f]{64}$' and (preview_hash is null) = (preview is null)),
  previewed_at timestamptz check ((previewed_at is null) = (preview is null)),
  approved_by text,
  approved_at timestamptz check ((approved_at is null) = (approved_by is null)),
  -- The run that looks, then the one that shreds.
  run bigint,
  destroyed_at timestamptz,
  -- The tombstone event.
  tombstone bigint,
  certificate text,
  -- Who refused it and why, or why it is void.
  closed_by text,
  closed_reason text,
  ended_at timestamptz,
  check ((ended_at is not null) = (state in ('completed', 'refused', 'void'))),
  check ((reference is null) = (ended_at is not null)),
  check ((certificate is not null) = (state = 'completed')),
  check (state not in ('approved', 'shredding', 'completed') or (approved_by is not null and preview is not null)),
  check (state <> 'completed' or (destroyed_at is not null and tombstone is not null))
);
--> statement-breakpoint
-- One request at a time for each person.
create unique index shred_requests_open on tidemark.shred_requests (subject) where ended_at is null;
--> statement-breakpoint
create index shred_requests_due on tidemark.shred_requests (due_at, id) where ended_at is null;
--> statement-breakpoint
-- Lists, the latest first: ids carry their time.
create index shred_requests_subject on tidemark.shred_requests (subject, id);
--> statement-breakpoint
create table tidemark.legal_holds (
  id uuid primary key,
  tenant text collate "C",
  subject text collate "C" not null check (subject ~ '^[0-9a-f]{64}$'),
  reason text not null,
  ticket text,
  set_by text not null,
  set_at timestamptz not null default clock_timestamp(),
  released_by text,
  released_reason text,
  released_at timestamptz,
  check ((released_at is null) = (released_by is null) and (released_at is null) = (released_reason is null))
);
--> statement-breakpoint
create unique index legal_holds_standing on tidemark.legal_holds (subject) where released_at is null;
--> statement-breakpoint
-- A request that has ended and a certificate stay as they are.
create trigger shred_requests_ended before update on tidemark.shred_requests for each row
  when (old.ended_at is not null) execute function tidemark.refuse_history_change();
--> statement-breakpoint
create trigger shred_requests_kept before delete on tidemark.shred_requests
  for each row execute function tidemark.refuse_history_change();
--> statement-breakpoint
create trigger shred_requests_no_truncate before truncate on tidemark.shred_requests
  for each statement execute function tidemark.refuse_history_change();
--> statement-breakpoint
grant select, insert, update on tidemark.shred_requests, tidemark.legal_holds to tidemark_app;

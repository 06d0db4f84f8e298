-- Finding things at volume: events of a tenant, streams by a part of their name; exports; saved views.
-- Only for events that have a tenant: a store without tenants pays nothing for it.
create index events_tenant on tidemark.events (tenant, position) where tenant is not null;
--> statement-breakpoint
-- Parts of stream names by trigrams, where the server has them and lets us. Without, names are walked along their own index.
do $$
declare
  home text;
begin
  begin
    create extension if not exists pg_trgm;
  exception when others then null; -- not installed, or not for this role
  end;
  select n.nspname into home from pg_extension x join pg_namespace n on n.oid = x.extnamespace where x.extname = 'pg_trgm';
  if home is not null then
    -- A new stream goes to a short list that is merged often: what makes the 1,500th waits some milliseconds, nobody longer.
    execute format('create index streams_name_part on tidemark.streams using gin (stream %I.gin_trgm_ops)
      with (gin_pending_list_limit = 512)', home);
  end if;
end $$;
--> statement-breakpoint
-- A file that an export run has made. The file itself is in the data folder of the worker that made it.
create table tidemark.exports (
  run bigint primary key references tidemark.runs (id) on delete cascade,
  format text not null check (format in ('jsonl', 'csv')),
  file text not null,
  masked boolean not null,
  -- The log up to here is what is exported: the mark when it was asked for.
  up_to bigint not null,
  events bigint,
  bytes bigint,
  sha256 text check (sha256 ~ '^[0-9a-f]{64}$'),
  finished_at timestamptz,
  expires_at timestamptz,
  removed_at timestamptz,
  check ((finished_at is null) = (sha256 is null) and (finished_at is null) = (expires_at is null))
);
--> statement-breakpoint
create index exports_expire on tidemark.exports (expires_at) where removed_at is null;
--> statement-breakpoint
grant select, insert, update, delete on tidemark.exports to tidemark_app;
--> statement-breakpoint
-- A list page with its filter under a name. Page and query only, so that it cannot lead anywhere else.
create table tidemark.saved_views (
  id bigint generated always as identity primary key,
  owner text not null,
  page text not null check (page in ('events', 'streams', 'traces', 'dead-letters', 'projections')),
  name text not null check (length(name) between 1 and 100),
  query text not null check (length(query) <= 4000),
  shared boolean not null default false,
  created_at timestamptz not null default clock_timestamp(),
  changed_at timestamptz not null default clock_timestamp(),
  unique (owner, page, name)
);
--> statement-breakpoint
create index saved_views_shared on tidemark.saved_views (page, name) where shared;
--> statement-breakpoint
grant select, insert, update, delete on tidemark.saved_views to tidemark_app;

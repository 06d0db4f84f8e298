-- Finding things at volume: events of a tenant; exports; saved views.
-- Only for events that have a tenant: a store without tenants pays nothing for it.
create index events_tenant on tidemark.events (tenant, position) where tenant is not null;
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

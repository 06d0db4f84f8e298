-- What the console itself keeps: sessions from one-time links, and the demo traffic's switch.
create table tidemark.sign_in_links (
  token_hash bytea primary key,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  used_at timestamptz
);
--> statement-breakpoint
create table tidemark.sessions (
  token_hash bytea primary key,
  principal text not null,
  role text not null check (role in ('viewer', 'operator', 'privacy-officer', 'admin')),
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  seen_at timestamptz not null default clock_timestamp()
);
--> statement-breakpoint
create table tidemark.traffic (
  id boolean primary key default true check (id),
  state text not null default 'stopped' check (state in ('running', 'stopped')),
  rate_per_second double precision not null default 4 check (rate_per_second > 0 and rate_per_second <= 1000),
  settings json not null default '{}',
  changed_by text,
  changed_at timestamptz not null default clock_timestamp(),
  -- Written by the process that drives the traffic; an old value means nobody does.
  seen_at timestamptz,
  commands bigint not null default 0,
  rejections bigint not null default 0,
  conflicts bigint not null default 0
);
--> statement-breakpoint
insert into tidemark.traffic default values;
--> statement-breakpoint
grant select, insert, update, delete on tidemark.sign_in_links, tidemark.sessions, tidemark.traffic to tidemark_app;

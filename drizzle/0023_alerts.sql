-- What an operator has promised of a consumer instead of what its code declares. The objective in force stands in
-- consumers.slo_ms, which registering leaves alone while there is a row here that sets one.
create table tidemark.slos (
  consumer text primary key references tidemark.consumers (name) on delete cascade,
  objective_ms integer check (objective_ms between 1 and 86400000),
  target double precision check (target >= 0.5 and target < 1),
  changed_by text not null,
  changed_at timestamptz not null default clock_timestamp()
);
--> statement-breakpoint
-- For how long a consumer was within its objective and over it, by minutes and by hours, from the lag samples; what is missing
-- to the width is time of which nothing is known.
create table tidemark.slo_time (
  consumer text not null references tidemark.consumers (name) on delete cascade,
  width_s integer not null check (width_s in (60, 3600)),
  at timestamptz not null,
  good_ms integer not null check (good_ms >= 0),
  bad_ms integer not null check (bad_ms >= 0),
  primary key (consumer, width_s, at),
  check (good_ms + bad_ms <= width_s * 1000)
) with (fillfactor = 70);
--> statement-breakpoint
-- How many appends a process stored and how many met a conflict, by minutes; the stream is that of the last conflict.
create table tidemark.append_counts (
  minute timestamptz not null,
  writer text not null,
  appends bigint not null,
  conflicts bigint not null,
  stream text collate "C",
  primary key (minute, writer)
) with (fillfactor = 70);
--> statement-breakpoint
-- The settings of rules that somebody has changed; all others are as the code declares them.
create table tidemark.alert_settings (
  rule text not null,
  setting text not null,
  value double precision not null,
  changed_by text not null,
  changed_at timestamptz not null default clock_timestamp(),
  primary key (rule, setting)
);
--> statement-breakpoint
create table tidemark.alerts (
  id bigint generated always as identity primary key,
  rule text not null,
  subject text not null,
  severity text not null check (severity in ('critical', 'warning', 'notice')),
  state text not null check (state in ('pending', 'firing', 'acknowledged', 'silenced', 'resolved')),
  title text not null,
  -- What it is about: an event, a consumer, a session that holds the mark, a run.
  cause json not null,
  value double precision not null,
  fired_value double precision,
  worst_value double precision not null,
  -- Since when the condition holds, when it was seen last, and since when it does not hold although the alert is still open.
  started_at timestamptz not null,
  seen_at timestamptz not null,
  fine_since timestamptz,
  fired_at timestamptz,
  resolved_at timestamptz,
  changed_by text,
  change_reason text,
  -- The number of its last transition.
  seq integer not null default 0,
  check ((state = 'resolved') = (resolved_at is not null)),
  check ((state = 'pending') = (fired_at is null))
) with (fillfactor = 70);
--> statement-breakpoint
-- One alert at most is open for a cause, whoever evaluates.
create unique index alerts_open on tidemark.alerts (rule, subject) where resolved_at is null;
--> statement-breakpoint
create index alerts_resolved on tidemark.alerts (id) where resolved_at is not null;
--> statement-breakpoint
create table tidemark.alert_transitions (
  alert bigint not null references tidemark.alerts (id) on delete cascade,
  seq integer not null,
  at timestamptz not null default clock_timestamp(),
  from_state text,
  to_state text not null,
  severity text not null,
  value double precision not null,
  cause json not null,
  -- The evaluator, or the operator.
  by text not null,
  reason text,
  -- The epoch of the duty under which the evaluator wrote; null for an operator.
  epoch bigint,
  primary key (alert, seq)
);
--> statement-breakpoint
create table tidemark.alert_silences (
  rule text not null,
  subject text not null,
  until timestamptz not null,
  reason text not null,
  silenced_by text not null,
  silenced_at timestamptz not null default clock_timestamp(),
  primary key (rule, subject)
);
--> statement-breakpoint
create table tidemark.alert_channels (
  id bigint generated always as identity primary key,
  name text not null unique,
  kind text not null check (kind in ('webhook', 'slack', 'email')),
  -- What may be shown of where it leads; the address itself, which may be a secret, is in `secret`.
  shown text not null,
  secret json not null,
  least_severity text not null check (least_severity in ('critical', 'warning', 'notice')),
  states text[] not null,
  enabled boolean not null default true,
  changed_by text not null,
  changed_at timestamptz not null default clock_timestamp()
);
--> statement-breakpoint
-- The outbox of notices: a row is written in the transaction of the transition that it tells of.
create table tidemark.alert_deliveries (
  id bigint generated always as identity primary key,
  -- The webhook-id, the Message-ID: the same in every attempt.
  message_id uuid not null unique default gen_random_uuid(),
  channel bigint not null references tidemark.alert_channels (id) on delete cascade,
  alert bigint,
  seq integer,
  body json not null,
  state text not null default 'waiting' check (state in ('waiting', 'sending', 'sent', 'failed', 'unknown')),
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default clock_timestamp(),
  owner text,
  lease_expires_at timestamptz,
  status integer,
  error text,
  created_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  foreign key (alert, seq) references tidemark.alert_transitions (alert, seq) on delete cascade,
  check ((alert is null) = (seq is null)),
  check ((state in ('waiting', 'sending')) = (ended_at is null)),
  check ((state = 'sending') = (lease_expires_at is not null))
) with (fillfactor = 70);
--> statement-breakpoint
-- One notice of a state change to a channel, whoever writes it.
create unique index alert_deliveries_once on tidemark.alert_deliveries (alert, seq, channel);
--> statement-breakpoint
create index alert_deliveries_open on tidemark.alert_deliveries (channel, id) where ended_at is null;
--> statement-breakpoint
create index alert_deliveries_of_channel on tidemark.alert_deliveries (channel, id);
--> statement-breakpoint
create table tidemark.alert_attempts (
  delivery bigint not null references tidemark.alert_deliveries (id) on delete cascade,
  attempt integer not null,
  begun_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  owner text not null,
  status integer,
  error text,
  primary key (delivery, attempt)
);
--> statement-breakpoint
-- When the rules were evaluated last, and by whom: alerts that nobody evaluates are no good news.
create table tidemark.alert_watch (
  id boolean primary key default true check (id),
  evaluated_at timestamptz,
  evaluated_by text,
  epoch bigint not null default 0,
  took_ms double precision
);
--> statement-breakpoint
insert into tidemark.alert_watch default values;
--> statement-breakpoint
-- Who holds a lower bound of the high-water mark, the lowest first. The application may not look into the sessions of others;
-- this shows it what an operator needs to find the holder, and never the text of a statement.
create function tidemark.floor_holders(out floor bigint, out pid integer, out application text, out state text,
                                       out transaction_ms double precision, out query_ms double precision, out waits_for text)
  returns setof record language sql security definer set search_path = pg_catalog, pg_temp as $$
  select ((l.classid::bigint & 65535) << 32) | l.objid::bigint, l.pid, a.application_name, a.state,
         (extract(epoch from clock_timestamp() - a.xact_start) * 1000)::float8,
         (extract(epoch from clock_timestamp() - a.query_start) * 1000)::float8, a.wait_event_type || ' ' || a.wait_event
    from pg_locks l left join pg_stat_activity a on a.pid = l.pid
   where l.locktype = 'advisory' and l.objsubid = 1 and l.granted and (l.classid::bigint >> 16) = tidemark.floor_tag()
     and l.database = (select oid from pg_database where datname = current_database())
   order by 1, a.xact_start limit 5 $$;
--> statement-breakpoint
revoke all on function tidemark.floor_holders() from public;
--> statement-breakpoint
grant execute on function tidemark.floor_holders() to tidemark_app;
--> statement-breakpoint
grant select, insert, update, delete on tidemark.slos, tidemark.slo_time, tidemark.append_counts, tidemark.alert_settings, tidemark.alerts,
  tidemark.alert_silences, tidemark.alert_channels, tidemark.alert_deliveries, tidemark.alert_attempts to tidemark_app;
--> statement-breakpoint
-- What was, stays: transitions are only added.
grant select, insert on tidemark.alert_transitions to tidemark_app;
--> statement-breakpoint
grant select, update on tidemark.alert_watch to tidemark_app;

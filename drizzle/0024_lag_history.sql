-- What is kept of the lag of each consumer when its seconds are too many to be read: minutes for some days, hours for a
-- month. A stretch in which nobody measured has no row: a gap stays a gap.
create table tidemark.lag_history (
  consumer text not null,
  -- The length of the stretch in seconds, and its beginning; it stands on a whole multiple of its length.
  seconds integer not null check (seconds in (60, 3600)),
  at timestamptz not null,
  -- The worst in the stretch; null when it was unknown throughout.
  age_ms double precision,
  events bigint,
  -- Events behind in its last sample, and events that were committed in it.
  behind bigint,
  handled bigint not null,
  primary key (consumer, seconds, at)
);
--> statement-breakpoint
create index lag_history_time on tidemark.lag_history (seconds, at);
--> statement-breakpoint
grant select, insert, update, delete on tidemark.lag_history to tidemark_app;

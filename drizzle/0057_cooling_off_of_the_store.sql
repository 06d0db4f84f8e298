-- For how long every request to forget a person can at least be withdrawn after its approval; no row: for as long as it asks for.
create table tidemark.cooling_off (
  id smallint primary key default 1 check (id = 1),
  minutes integer not null check (minutes between 0 and 1440),
  changed_by text not null,
  changed_at timestamptz not null default clock_timestamp()
);
--> statement-breakpoint
grant select, insert, update on tidemark.cooling_off to tidemark_app;
--> statement-breakpoint
-- Whoever asks, and with whatever code.
create function tidemark.ask_for_cooling_off() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare least integer := (select minutes from tidemark.cooling_off);
begin
  if new.cooling_minutes < least then
    raise exception 'this store asks for % minutes of cooling off, and shred request % for % only', least, new.id, new.cooling_minutes
      using errcode = 'TM003', hint = 'Ask for as many, or for more.';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger shred_requests_cool before insert on tidemark.shred_requests
  for each row execute function tidemark.ask_for_cooling_off();

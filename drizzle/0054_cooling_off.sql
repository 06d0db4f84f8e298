-- A request says by which law it is made, and may ask for time between its approval and the first destroyed key, in which it
-- can be withdrawn.
alter table tidemark.shred_requests
  add column legal_basis text,
  add column cooling_minutes integer not null default 0 check (cooling_minutes between 0 and 1440),
  -- Set by the approval; null in requests that were approved before there was such a time.
  add column begins_at timestamptz,
  add check (begins_at is null or approved_at is not null),
  add check (destroyed_at is null or begins_at is null or destroyed_at >= begins_at);
--> statement-breakpoint
-- What waits to be begun.
create index shred_requests_waiting on tidemark.shred_requests (begins_at) where state = 'approved' and run is null;
--> statement-breakpoint
-- By the database's clock, whatever a page, a run or a worker's clock says.
create function tidemark.keep_cooling_off() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if old.begins_at is not null and new.begins_at is distinct from old.begins_at or new.cooling_minutes <> old.cooling_minutes then
    raise exception 'the cooling-off time of shred request % stands', new.id using errcode = 'TM003',
      hint = 'Withdraw the request and make another.';
  end if;
  if new.state in ('shredding', 'completed') and clock_timestamp() < new.begins_at then
    raise exception 'shred request % may not begin before %', new.id, new.begins_at using errcode = 'TM003',
      hint = 'Until then it can be withdrawn.';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger shred_requests_cooling before update on tidemark.shred_requests
  for each row execute function tidemark.keep_cooling_off();

-- No two partitions of one generation may have a slice in common: its events would be applied twice, each time under a
-- lease that is in order. Whoever cuts and joins partitions sees to that; this refuses what would break it all the same.
-- Slices never change after the insert, so nothing else needs to be looked at.
create function tidemark.keep_partitions_apart() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare v_other integer;
begin
  select o.partition into v_other from tidemark.consumer_partitions o
   where o.consumer = new.consumer and o.generation = new.generation and o.partition <> new.partition
     and o.slice_from < new.slice_to and o.slice_to > new.slice_from
   limit 1;
  if found then
    raise exception 'partitions % and % of % would share slices', v_other, new.partition, new.consumer using errcode = '23P01';
  end if;
  return null;
end $$;
--> statement-breakpoint
create trigger keep_partitions_apart after insert on tidemark.consumer_partitions
  for each row execute function tidemark.keep_partitions_apart();

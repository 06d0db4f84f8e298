-- How many events wait for a consumer, at most p_max: those of its types above the checkpoint of each of its partitions, in
-- that partition's slices. Along the index of each type, so that a type that is rare costs what there is of it, and not a
-- walk through the log. The planner settings keep it on that index whatever the statistics say.
create function tidemark.waiting_events(p_consumer text, p_generation integer, p_types text[], p_max integer)
returns integer language plpgsql stable parallel safe
set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off as $$
declare
  v_part record;
  v_type text;
  v_found integer;
  v_total integer := 0;
begin
  for v_part in select p.checkpoint, p.slice_from, p.slice_to from tidemark.consumer_partitions p
                 where p.consumer = p_consumer and p.generation = p_generation loop
    foreach v_type in array p_types loop
      select count(*) into v_found
        from (select from tidemark.events e
               where (e.type, e.position) > (v_type, v_part.checkpoint) and e.type <= v_type
                 and e.slice >= v_part.slice_from and e.slice < v_part.slice_to
               order by e.type, e.position limit p_max - v_total) waiting;
      v_total := v_total + v_found;
      if v_total >= p_max then
        return v_total;
      end if;
    end loop;
  end loop;
  return v_total;
end $$;

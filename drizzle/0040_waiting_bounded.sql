-- The count of 0022 was bounded in what it found and not in what it looked at: where events of a type are another partition's,
-- it walked past all of them. Now it looks at sixteen times as many as it may find, over all partitions, and says that there
-- may be more when it has.
drop function tidemark.waiting_events(text, integer, text[], integer);
--> statement-breakpoint
create function tidemark.waiting_events(p_consumer text, p_generation integer, p_types text[], p_max integer,
                                        out events integer, out more boolean)
language plpgsql stable parallel safe
set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off as $$
declare
  v_part record;
  v_type text;
  v_own boolean;
  v_left integer := 16 * p_max;
begin
  events := 0;
  more := true;
  for v_part in select p.checkpoint, p.slice_from, p.slice_to from tidemark.consumer_partitions p
                 where p.consumer = p_consumer and p.generation = p_generation loop
    foreach v_type in array p_types loop
      for v_own in select e.slice >= v_part.slice_from and e.slice < v_part.slice_to from tidemark.events e
                    where (e.type, e.position) > (v_type, v_part.checkpoint) and e.type <= v_type
                    order by e.type, e.position loop
        if events = p_max or v_left = 0 then
          return;
        end if;
        v_left := v_left - 1;
        events := events + v_own::integer;
      end loop;
    end loop;
  end loop;
  more := false;
end $$;

-- A trace in which only a timer or a command of a process manager waits is found by where the event stands that led to it.
alter table tidemark.process_timers add column position bigint;
--> statement-breakpoint
alter table tidemark.process_commands add column position bigint;
--> statement-breakpoint
update tidemark.process_timers t set position = (select e.position from tidemark.events e where e.event_id = t.causation_id::uuid)
 where t.state = 'waiting' and t.causation_id ~ '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$';
--> statement-breakpoint
update tidemark.process_commands c set position = (select e.position from tidemark.events e where e.event_id = c.causation_id::uuid)
 where c.state = 'waiting' and c.causation_id ~ '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$';
--> statement-breakpoint
create index process_timers_position on tidemark.process_timers (position) where state = 'waiting';
--> statement-breakpoint
create index process_commands_position on tidemark.process_commands (position) where state = 'waiting';

-- Process managers: what each instance is, what it has seen, what it has asked for, and when it wants to be woken.
-- Whoever holds the row of an instance may move it; nothing else of it is written without that lock.
create table tidemark.processes (
  name text primary key references tidemark.consumers (name) on delete cascade,
  version integer not null,
  -- Events at or below it were there before the process was, and are none of its business, however often they are replayed.
  live_from bigint not null
);
--> statement-breakpoint
create table tidemark.process_instances (
  process text not null references tidemark.processes (name) on delete cascade,
  instance text collate "C" not null,
  -- The version of the process that made the state.
  version integer not null,
  state json not null,
  stage text not null,
  status text not null default 'running' check (status in ('running', 'ended', 'cancelled')),
  inputs integer not null default 0,
  correlation_id text collate "C" not null,
  tenant text collate "C",
  started_position bigint not null,
  started_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  -- When a command is to be sent or a timer to be fired; null: it only waits for events.
  due_at timestamptz,
  -- How often in a row that has failed which it has to do; 0: nothing is in its way.
  attempts integer not null default 0,
  primary key (process, instance)
) with (fillfactor = 75);
--> statement-breakpoint
create index process_instances_due on tidemark.process_instances (due_at) where due_at is not null;
--> statement-breakpoint
create index process_instances_recent on tidemark.process_instances (process, updated_at desc, instance);
--> statement-breakpoint
create index process_instances_status on tidemark.process_instances (process, status, updated_at desc, instance desc);
--> statement-breakpoint
create index process_instances_stage on tidemark.process_instances (process, stage) where status = 'running';
--> statement-breakpoint
create index process_instances_failing on tidemark.process_instances (process, attempts) where attempts > 0;
--> statement-breakpoint
-- What an instance has seen, in the order in which it saw it. The key is why a redelivered event changes nothing.
create table tidemark.process_inputs (
  id bigint generated always as identity,
  process text not null,
  instance text collate "C" not null,
  input_id uuid not null,
  kind text not null check (kind in ('event', 'timer', 'rejection', 'cancel')),
  -- The event's or the timer's name, or that of the command that was rejected.
  name text not null,
  position bigint,
  at timestamptz not null default clock_timestamp(),
  correlation_id text not null,
  causation_id text not null,
  note json,
  primary key (process, instance, input_id),
  foreign key (process, instance) references tidemark.process_instances on delete cascade
);
--> statement-breakpoint
create index process_inputs_order on tidemark.process_inputs (process, instance, id);
--> statement-breakpoint
create index process_inputs_position on tidemark.process_inputs (position) where position is not null;
--> statement-breakpoint
-- What it has asked for. Commands of one instance are sent one after the other, in this order.
create table tidemark.process_commands (
  id uuid primary key,
  seq bigint generated always as identity,
  process text not null,
  instance text collate "C" not null,
  input_id uuid not null,
  category text not null,
  target text not null,
  command text not null,
  input json not null,
  correlation_id text not null,
  causation_id text not null,
  state text not null default 'waiting' check (state in ('waiting', 'accepted', 'rejected', 'cancelled')),
  next_attempt_at timestamptz not null default clock_timestamp(),
  attempts integer not null default 0,
  error json,
  created_at timestamptz not null default clock_timestamp(),
  answered_at timestamptz,
  outcome json,
  foreign key (process, instance) references tidemark.process_instances on delete cascade
);
--> statement-breakpoint
create index process_commands_order on tidemark.process_commands (process, instance, seq);
--> statement-breakpoint
create index process_commands_waiting on tidemark.process_commands (process, instance, seq) where state = 'waiting';
--> statement-breakpoint
create table tidemark.process_timers (
  id uuid primary key,
  process text not null,
  instance text collate "C" not null,
  name text not null,
  due_at timestamptz not null,
  next_attempt_at timestamptz not null,
  attempts integer not null default 0,
  error json,
  correlation_id text not null,
  causation_id text not null,
  state text not null default 'waiting' check (state in ('waiting', 'fired', 'cancelled')),
  set_at timestamptz not null default clock_timestamp(),
  settled_at timestamptz,
  foreign key (process, instance) references tidemark.process_instances on delete cascade
);
--> statement-breakpoint
create unique index process_timers_name on tidemark.process_timers (process, instance, name) where state = 'waiting';
--> statement-breakpoint
create index process_timers_order on tidemark.process_timers (process, instance, set_at);
--> statement-breakpoint
create index process_timers_overdue on tidemark.process_timers (process, due_at) where state = 'waiting';
--> statement-breakpoint
-- When an instance has something to do: its first waiting command, or its earliest timer.
create function tidemark.process_due_at(p_process text, p_instance text) returns timestamptz language sql stable as $$
  select least(
    (select c.next_attempt_at from tidemark.process_commands c
      where c.process = p_process and c.instance = p_instance and c.state = 'waiting' order by c.seq limit 1),
    (select min(t.next_attempt_at) from tidemark.process_timers t
      where t.process = p_process and t.instance = p_instance and t.state = 'waiting'))
$$;
--> statement-breakpoint
create function tidemark.process_attempts(p_process text, p_instance text) returns integer language sql stable as $$
  select coalesce(max(attempts), 0) from (
    select c.attempts from tidemark.process_commands c
     where c.process = p_process and c.instance = p_instance and c.state = 'waiting'
    union all
    select t.attempts from tidemark.process_timers t
     where t.process = p_process and t.instance = p_instance and t.state = 'waiting') waiting
$$;
--> statement-breakpoint
grant select, insert, update, delete on tidemark.processes, tidemark.process_instances, tidemark.process_inputs,
  tidemark.process_commands, tidemark.process_timers to tidemark_app;

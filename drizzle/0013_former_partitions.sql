-- Partitions are cut in two and made one while they work. What was keeps its number here, so that the record of each batch
-- still says whose it was: an event is found in the batch of one partition, of today or of then, that has its slice.
create table tidemark.former_partitions (
  consumer text not null references tidemark.consumers (name) on delete cascade,
  generation integer not null,
  partition integer not null,
  slice_from integer not null,
  slice_to integer not null,
  ended_at timestamptz not null default clock_timestamp(),
  primary key (consumer, generation, partition)
);
--> statement-breakpoint
-- Where a partition stops for its neighbour, so that both can become one.
alter table tidemark.consumer_partitions add column stop_at bigint, add column stop_since timestamptz,
  add check ((stop_at is null) = (stop_since is null));
--> statement-breakpoint
grant select, insert, update, delete on tidemark.former_partitions to tidemark_app;

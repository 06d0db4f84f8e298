import type pg from "pg";

/**
 * What stands wrong with the checkpoints of consumers, one sentence each: those of consumers that no code has any more, those beyond
 * the end of the log, and generations whose partitions do not share all slices among them.
 */
export async function findOrphans(client: pg.PoolClient, known: readonly string[]): Promise<readonly string[]> {
  const { rows } = await client.query<{ what: string }>(
    `select format('%s %s has checkpoints in %s partitions, and is in no code of this build', c.kind, c.name,
                   (select count(*) from consumer_partitions p where p.consumer = c.name)) as what
       from consumers c where not c.name = any ($1)
     union all
     select format('partition %s of %s (generation %s) has a checkpoint at %s, beyond the end of the log at %s', p.partition, p.consumer,
                   p.generation, p.checkpoint, h.position)
       from consumer_partitions p, high_water h where p.checkpoint > h.position
     union all
     select format('generation %s of %s: its partitions cover %s of 1024 slices', p.generation, p.consumer, sum(p.slice_to - p.slice_from))
       from consumer_partitions p group by p.consumer, p.generation having sum(p.slice_to - p.slice_from) <> 1024
     union all
     select format('partition %s of %s is of generation %s, which is not known', p.partition, p.consumer, p.generation)
       from consumer_partitions p
      where not exists (select from consumer_generations g where g.consumer = p.consumer and g.generation = p.generation and g.state <> 'retired')
     union all
     select format('%s serves generation %s, which is not the live one', c.name, c.generation)
       from consumers c
      where not exists (select from consumer_generations g where g.consumer = c.name and g.generation = c.generation and g.state = 'live')
      limit 1000`,
    [known],
  );
  return rows.map(({ what }) => what);
}

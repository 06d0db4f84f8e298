import type pg from "pg";

/** The right to consume one partition, until somebody else takes it. `epoch` is what every write is checked against. */
export type Lease = {
  readonly consumer: string;
  readonly partition: number;
  readonly epoch: bigint;
  readonly generation: number;
  readonly sliceFrom: number;
  readonly sliceTo: number;
  /** Where it stops for its neighbour, to become one with it. */
  readonly stopAt?: bigint | null;
};

/** A lease with what the partition's row said when it was taken. `retryInMs` is null when no fault stands in the way. */
export type ClaimedLease = Lease & { readonly paused: boolean; readonly retryInMs: number | null };

/** One generation of a consumer; each has partitions, checkpoints and effects of its own. */
export type ConsumerGeneration = { readonly consumer: string; readonly generation: number };

/** SQL: whether the partitions of generation `g` of consumer `c` rest. A building one has a switch of its own. */
export const pausedSql = "(case g.state when 'building' then g.paused else c.state = 'paused' end)";

/** How long a lease lasts without renewal, in milliseconds of the database's clock. */
export const LEASE_MS = 3_000;

/**
 * Takes up to `count` free partitions of the named consumers and raises their epochs. Free is what nobody holds or whose
 * lease ran out; a row that is locked is being committed to or taken, and is left alone.
 */
export async function claimPartitions(
  pool: pg.Pool,
  claim: { readonly worker: string; readonly generations: readonly ConsumerGeneration[]; readonly count: number },
): Promise<ClaimedLease[]> {
  if (claim.count <= 0 || claim.generations.length === 0) return [];
  const { rows } = await pool.query<ClaimedLease>(
    `with free as (
       select p.consumer, p.generation, p.partition from consumer_partitions p
         join unnest($2::text[], $5::integer[]) as wanted(consumer, generation) using (consumer, generation)
        where (p.owner is null or p.lease_expires_at is null or p.lease_expires_at <= clock_timestamp())
        order by random() limit $3 for no key update of p skip locked
     )
     update consumer_partitions p
        set owner = $1, epoch = p.epoch + 1, lease_expires_at = clock_timestamp() + $4 * interval '1 millisecond'
       from free, consumers c, consumer_generations g
      where p.consumer = free.consumer and p.generation = free.generation and p.partition = free.partition
        and c.name = p.consumer and g.consumer = p.consumer and g.generation = p.generation
      returning p.consumer, p.partition, p.epoch, p.generation, p.slice_from as "sliceFrom", p.slice_to as "sliceTo",
        p.stop_at as "stopAt", ${pausedSql} as paused, extract(epoch from p.next_attempt_at - clock_timestamp())::float8 * 1000 as "retryInMs"`,
    [
      claim.worker,
      claim.generations.map(({ consumer }) => consumer),
      claim.count,
      LEASE_MS,
      claim.generations.map(({ generation }) => generation),
    ],
  );
  return rows;
}

/**
 * Takes all partitions of one generation, whoever holds them, for half a minute; their holders find their epochs passed.
 * For what must be alone with a generation for a moment.
 */
export async function seizePartitions(
  pool: pg.Pool,
  { consumer, generation }: ConsumerGeneration,
  owner: string,
): Promise<Lease[]> {
  const { rows } = await pool.query<Lease>(
    `with held as materialized (
       select consumer, generation, partition from consumer_partitions where consumer = $1 and generation = $2
        order by partition for no key update)
     update consumer_partitions p set owner = $3, epoch = p.epoch + 1, lease_expires_at = clock_timestamp() + interval '30 seconds'
       from held where p.consumer = held.consumer and p.generation = held.generation and p.partition = held.partition
      returning p.consumer, p.generation, p.partition, p.epoch, p.slice_from as "sliceFrom", p.slice_to as "sliceTo"`,
    [consumer, generation, owner],
  );
  return rows;
}

/** Renews the leases and returns those that are still ours; the others were taken and must be dropped at once. */
export async function renewLeases(pool: pg.Pool, leases: readonly Lease[]): Promise<Lease[]> {
  const held = new Set<string>();
  for (const some of inTurn(leases)) {
    const { rows } = await pool.query<Pick<Lease, "consumer" | "generation" | "partition">>(
      `${MINE} update consumer_partitions p set lease_expires_at = clock_timestamp() + $5 * interval '1 millisecond'
         from mine where p.consumer = mine.consumer and p.generation = mine.generation and p.partition = mine.partition
          and p.epoch = mine.epoch
        returning p.consumer, p.generation, p.partition`,
      [...columnsOf(some), LEASE_MS],
    );
    for (const row of rows) held.add(leaseKey(row));
  }
  return leases.filter((lease) => held.has(leaseKey(lease)));
}

/** Gives leases back, so that others need not wait for them to run out. */
export async function releaseLeases(pool: pg.Pool, leases: readonly Lease[]): Promise<void> {
  for (const some of inTurn(leases)) {
    await pool.query(
      `${MINE} update consumer_partitions p set owner = null, lease_expires_at = clock_timestamp()
         from mine where p.consumer = mine.consumer and p.generation = mine.generation and p.partition = mine.partition
          and p.epoch = mine.epoch`,
      columnsOf(some),
    );
  }
}

// Who locks several partitions of a consumer locks them by their numbers, and holds those of one generation at a time: a switch
// holds the one that serves while it waits for the other, and only it knows which is which. In any other order two would wait for
// each other. LockRows stands above the sort, so the rows are locked in its order, whatever the plan below is.
const MINE = `with mine as materialized (
    select p.consumer, p.generation, p.partition, p.epoch
      from consumer_partitions p
      join unnest($1::text[], $2::integer[], $3::integer[], $4::bigint[]) as m(consumer, generation, partition, epoch)
        on p.consumer = m.consumer and p.generation = m.generation and p.partition = m.partition and p.epoch = m.epoch
     where p.owner is not null
     order by p.consumer, p.partition for no key update of p)`;

/** Leases in parts with one generation of each consumer: mostly one part, two while a consumer is rebuilt or goes back. */
function inTurn(leases: readonly Lease[]): Lease[][] {
  const turns: Lease[][] = [];
  const seen = new Map<string, number[]>();
  for (const lease of leases) {
    const generations = seen.get(lease.consumer) ?? [];
    if (!generations.includes(lease.generation)) generations.push(lease.generation);
    seen.set(lease.consumer, generations);
    const turn = generations.indexOf(lease.generation);
    turns[turn] = [...(turns[turn] ?? []), lease];
  }
  return turns;
}

/** One name for one partition, as a key of maps. */
export function leaseKey({ consumer, generation, partition }: Pick<Lease, "consumer" | "generation" | "partition">) {
  return `${partition}/${generation}/${consumer}`;
}

function columnsOf(leases: readonly Lease[]): unknown[] {
  return [
    leases.map(({ consumer }) => consumer),
    leases.map(({ generation }) => generation),
    leases.map(({ partition }) => partition),
    leases.map(({ epoch }) => epoch),
  ];
}

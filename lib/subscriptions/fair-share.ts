/**
 * How many of `total` partitions the worker `me` should hold among the `live` workers (it counts even when it is not
 * listed yet). The shares of all workers add up to `total`, and every worker computes the same ones, so that they
 * settle without talking to each other.
 */
export function fairShare(total: number, live: readonly string[], me: string): number {
  const workers = [...new Set([...live, me])].sort();
  const rank = workers.indexOf(me);
  return Math.floor(total / workers.length) + (rank < total % workers.length ? 1 : 0);
}

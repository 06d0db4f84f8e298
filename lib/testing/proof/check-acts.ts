import type pg from "pg";
import { AUDIT_STREAM } from "@/lib/queries/audit-entries";
import type { Operator } from "@/lib/testing/proof/operator";

/** Events that were given up for good, by consumer. */
export type Skipped = {
  readonly has: (consumer: string, position: number) => boolean;
  /** Each as `<consumer> <position>`. */
  readonly names: ReadonlySet<string>;
};

/** Reads what the store says was skipped. */
export async function readSkipped(owner: pg.Pool): Promise<Skipped> {
  const { rows } = await owner.query<{ name: string }>(
    "select consumer || ' ' || position as name from dead_letters where outcome = 'skipped'",
  );
  const names = new Set(rows.map(({ name }) => name));
  return { names, has: (consumer, position) => names.has(`${consumer} ${position}`) };
}

/**
 * What contradicts the operator, in words: what he was told is done is in the audit once, what was refused is not, what he
 * never learnt of is there at most once; and nothing was skipped but by his order.
 */
export async function checkActs(owner: pg.Pool, { acts, skips }: Operator, skipped: Skipped): Promise<string[]> {
  const { rows } = await owner.query<{ request: string; times: number }>(
    `select data ->> 'requestId' as request, count(*)::integer as times from events
      where stream = $1 and data ->> 'outcome' = 'done' group by 1`,
    [AUDIT_STREAM],
  );
  const times = new Map(rows.map(({ request, times: count }) => [request, count]));
  const found: string[] = [];
  for (const { requestId, what, outcome } of acts) {
    const count = times.get(requestId) ?? 0;
    const allowed = outcome === "ok" ? [1] : outcome === "fail" ? [0] : [0, 1];
    if (!allowed.includes(count)) found.push(`the ${what} ended ${outcome} and is in the audit ${count} times`);
    times.delete(requestId);
  }
  for (const request of times.keys()) found.push(`the audit tells of request ${request}, which nobody made`);
  for (const name of skipped.names) if (!skips.has(name)) found.push(`${name} was skipped, and nobody asked for it`);
  return found;
}

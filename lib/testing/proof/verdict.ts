import type { Arena } from "@/lib/testing/proof/arena";
import { audit } from "@/lib/testing/proof/audit";
import { collectHistory } from "@/lib/testing/proof/collect";
import { anomalies } from "@/lib/testing/proof/history/anomalies";
import { checkHistory } from "@/lib/testing/proof/history/check-history";
import type { Operation } from "@/lib/testing/proof/history/history";

/** What the proof looked at in one store, and everything that was wrong. */
export type Verdict = {
  readonly name: string;
  readonly events: number;
  readonly operations: number;
  /** Appends of which nobody knows, by their answer, whether they were stored. */
  readonly unknown: number;
  /** What else happened there, counted by name. */
  readonly deeds: Readonly<Record<Deed, number>>;
  readonly findings: readonly string[];
};

/** How deeds are counted in a store at rest. */
const DEEDS = {
  "dead letters retried": "select count(*) from dead_letters where outcome = 'retried'",
  "dead letters skipped": "select count(*) from dead_letters where outcome = 'skipped'",
  "jobs of the process manager": "select count(*) from process_instances where status = 'ended'",
  "timers fired": "select count(*) from process_timers where state = 'fired'",
  "rebuilds promoted": "select count(*) from consumer_generations where generation > 1 and live_at is not null",
  "rebuilds cancelled": "select count(*) from runs where kind = 'rebuild' and state = 'cancelled'",
  "runs carried out": "select count(*) from runs where state = 'succeeded'",
  "entries in the audit": "select version from streams where stream = 'operations-audit'",
} as const;

/** Something that happens beside appending and reading. */
export type Deed = keyof typeof DEEDS;

/** Every deed. */
export const deedNames = Object.keys(DEEDS) as readonly Deed[];

/** Lets a store come to rest, asks every audit statement, and checks its history. */
export async function judge(arena: Arena): Promise<Verdict> {
  await arena.settle();
  const findings = await audit(arena.owner);
  const history = await collectHistory(arena);
  for (const { code, count, examples } of checkHistory(history)) {
    findings.push(`${code} ${anomalies[code]}, ${count} times: ${examples.join("; ")}`);
  }
  const { operations, log } = history;
  const counted = await Promise.all(
    Object.entries(DEEDS).map(async ([deed, sql]) => {
      const { rows } = await arena.owner.query<{ n: number }>(`select (${sql})::float8 as n`);
      return [deed, rows[0]?.n ?? 0] as const;
    }),
  );
  return {
    name: arena.name,
    events: log.length,
    operations: operations.length,
    unknown: unknownAppends(operations),
    deeds: Object.fromEntries(counted) as Record<Deed, number>,
    findings: findings.map((finding) => `${arena.name}: ${finding}`),
  };
}

function unknownAppends(operations: readonly Operation[]): number {
  const known = new Map<number, boolean>();
  for (const one of operations) {
    if (one.kind === "append") known.set(one.append, known.get(one.append) === true || one.outcome !== "info");
  }
  return [...known.values()].filter((isKnown) => !isKnown).length;
}

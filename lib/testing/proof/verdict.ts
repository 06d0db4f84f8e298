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
  readonly findings: readonly string[];
};

/** Lets a store come to rest, asks every audit statement, and checks its history. */
export async function judge(arena: Arena): Promise<Verdict> {
  await arena.settle();
  const findings = await audit(arena.owner);
  const history = await collectHistory(arena);
  for (const { code, count, examples } of checkHistory(history)) {
    findings.push(`${code} ${anomalies[code]}, ${count} times: ${examples.join("; ")}`);
  }
  const { operations, log } = history;
  return {
    name: arena.name,
    events: log.length,
    operations: operations.length,
    unknown: unknownAppends(operations),
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

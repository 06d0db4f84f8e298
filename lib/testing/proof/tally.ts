import type { FailpointLabel } from "@/lib/kernel/failpoint";
import { provenSteps } from "@/lib/testing/proof/fates";
import type { CommitKind } from "@/lib/testing/proof/proxy/client-side";
import { noCuts } from "@/lib/testing/proof/proxy/proxy";

/** What was done to the store, counted as it happens. */
export type Tally = {
  killed: { worker: number; writer: number; importer: number; backend: number; postmaster: number };
  /** Processes that were frozen until their leases had run out, and woke up. */
  frozen: number;
  /** Lives in which a process believed another time than the others. */
  wrongClocks: number;
  /** Commits that were cut off, by what they would have committed. */
  readonly cuts: Record<CommitKind, number>;
  readonly hits: Map<FailpointLabel, number>;
};

/** A tally with nothing in it yet. */
export function createTally(): Tally {
  return {
    killed: { worker: 0, writer: 0, importer: 0, backend: 0, postmaster: 0 },
    frozen: 0,
    wrongClocks: 0,
    cuts: noCuts(),
    hits: new Map(provenSteps.map((label) => [label, 0])),
  };
}

/** The sum of some counts. */
export function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

/** Notes that a process failed at a step. */
export function hit(tally: Tally, label: FailpointLabel): void {
  tally.hits.set(label, (tally.hits.get(label) ?? 0) + 1);
}

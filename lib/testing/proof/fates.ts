import { type FailpointLabel, failpoints } from "@/lib/kernel/failpoint";
import type { Random } from "@/lib/testing/proof/random";
import type { Tally } from "@/lib/testing/proof/tally";

/** The kinds of process that are killed. */
export type Role = "worker" | "writer" | "importer";

/** How a process will end, counted from when it is at work or, `atStart`, from its start: at a time or at a step, dead at once or frozen first until its leases are another's. */
export type Fate =
  | { readonly kind: "kill"; readonly afterMs: number; readonly atStart: boolean }
  | { readonly kind: "freeze"; readonly afterMs: number; readonly forMs: number }
  | { readonly kind: "step"; readonly label: FailpointLabel; readonly nth: number; readonly freezeMs: number };

/**
 * Which process passes a step, by the part that the label names. A new part needs an entry here, or nothing compiles; null
 * is for parts that are killed in a test of their own.
 */
const ROLES: Readonly<Record<PartOf<FailpointLabel>, Role | null>> = {
  append: "writer",
  "high-water": "worker",
  worker: "worker",
  import: "importer",
  run: "worker",
  rebuild: "worker",
  process: "worker",
  merkle: "worker",
  "dead-letter": "worker",
  alert: null,
  notice: null,
  export: null,
  shred: null,
};
type PartOf<Label extends string> = Label extends `${infer Part}.${string}` ? Part : never;

/** Steps that a process passes rarely in its life; it fails there the first time. */
const RARE: ReadonlySet<FailpointLabel> = new Set<FailpointLabel>([
  ...failpoints.filter((label) => ["rebuild", "process", "merkle"].includes(partOf(label))),
  "worker.after-lease",
  "worker.after-effect",
  "worker.before-release",
  "high-water.after-lease",
  "import.after-commit",
  "run.after-claim",
  "run.before-end",
]);
const LEASE_MS = 3_000;

/** The steps at which the proof lets a process fail. */
export const provenSteps: readonly FailpointLabel[] = failpoints.filter((label) => roleOf(label) !== null);

/** The steps that a role passes. */
export function stepsOf(role: Role): readonly FailpointLabel[] {
  return failpoints.filter((label) => roleOf(label) === role);
}

function roleOf(label: FailpointLabel): Role | null {
  return ROLES[partOf(label)];
}

function partOf(label: FailpointLabel): PartOf<FailpointLabel> {
  return label.split(".")[0] as PartOf<FailpointLabel>;
}

/** Draws a fate. The step that was hit least so far comes first, so that none is left out. */
export function drawFate(random: Random, role: Role, tally: Tally): Fate {
  const freezeMs = LEASE_MS + random.whole(300, 1_500);
  if (random.chance(0.6)) {
    const steps = stepsOf(role);
    const fewest = Math.min(...steps.map((step) => tally.hits.get(step) ?? 0));
    const label = random.pick(random.chance(0.7) ? steps.filter((step) => tally.hits.get(step) === fewest) : steps);
    const nth =
      RARE.has(label) || BROKEN.has(label) || MENDED.has(label) ? 1 : random.whole(1, random.pick([1, 3, 12]));
    return { kind: "step", label, nth, freezeMs: random.chance(0.12) ? freezeMs : 0 };
  }
  // A worker that shall have anything in its hands must outlive the leases of the one before it.
  const afterMs = random.whole(20, random.pick(role === "worker" ? [500, 4_000, 8_000] : [200, 1_000, 2_500]));
  if (role !== "importer" && random.chance(0.08)) return { kind: "freeze", afterMs, forMs: freezeMs };
  return { kind: "kill", afterMs, atStart: random.chance(0.1) };
}

/** Steps that only a build passes which cannot apply some events, and steps that such a build keeps from being passed. */
const BROKEN: ReadonlySet<FailpointLabel> = new Set([
  "dead-letter.before-park",
  "dead-letter.after-park",
  "dead-letter.before-fail-again",
]);
const MENDED: ReadonlySet<FailpointLabel> = new Set([
  "dead-letter.before-retry",
  "dead-letter.after-retry",
  "dead-letter.before-skip",
  "dead-letter.after-skip",
]);

/** The environment that arms a process for its fate, and makes it a build that is broken or mended. */
export function armed(fate: Fate, random: Random): Readonly<Record<string, string>> {
  const byChance = random.chance(0.35);
  const label = fate.kind === "step" ? fate.label : undefined;
  const broken = label && BROKEN.has(label) ? true : label && MENDED.has(label) ? false : byChance;
  const build = { PROOF_BUILD: broken ? "broken" : "mended" };
  if (fate.kind !== "step") return build;
  return { ...build, TIDEMARK_FAILPOINT: `${fate.label}:${fate.nth}:${fate.freezeMs > 0 ? "hang" : "kill"}` };
}

import { TidemarkError } from "@/lib/kernel/errors";

/**
 * Every step at which a process can be made to fail on purpose, as `part.step`. `npm run proof` lets a process die at
 * each of them, but for those of alerts, notices and exports (`workers/alerts-killed.pg.test.ts`) and of
 * shreds (`lib/shred/shred.pg.test.ts`, `workers/shred-killed.pg.test.ts`), which have tests of their own; so a new step is named here, called where it is, and driven there.
 */
export const failpoints = [
  "append.before-send",
  "append.before-commit",
  "append.after-commit",
  "high-water.after-lease",
  "high-water.before-advance",
  "high-water.after-advance",
  "worker.after-lease",
  "worker.after-read",
  "worker.mid-batch",
  "worker.before-checkpoint",
  "worker.after-effect",
  "worker.before-commit",
  "worker.after-commit",
  "worker.before-release",
  "dead-letter.before-park",
  "dead-letter.after-park",
  "dead-letter.before-retry",
  "dead-letter.after-retry",
  "dead-letter.before-skip",
  "dead-letter.after-skip",
  "dead-letter.before-fail-again",
  "run.after-claim",
  "run.before-checkpoint",
  "run.before-commit",
  "run.after-commit",
  "run.before-end",
  "rebuild.before-switch",
  "rebuild.after-switch",
  "rebuild.before-drop",
  "rebuild.after-drop",
  "process.after-take",
  "process.after-append",
  "process.after-answer",
  "process.after-fire",
  "process.after-inputs",
  "process.after-save",
  "process.before-commit",
  "process.after-commit",
  "merkle.after-read",
  "merkle.before-commit",
  "merkle.before-sign",
  "import.after-load",
  "import.after-commit",
  "alert.before-commit",
  "alert.after-commit",
  "notice.after-claim",
  "notice.after-send",
  "notice.after-record",
  "export.after-write",
  "export.before-name",
  "export.after-name",
  "shred.before-begin",
  "shred.after-begin",
  "shred.before-destroy",
  "shred.after-destroy",
  "shred.after-rebuild",
  "shred.after-sign",
] as const;

/** The name of one such step. */
export type FailpointLabel = (typeof failpoints)[number];

/**
 * What happens when a step is reached for the `nth` time (from 1). `kill`: the process ends as by SIGKILL. `throw`: the
 * step throws, this once. `hang`: the process is stopped as by SIGSTOP, and goes on from the step when it gets SIGCONT.
 */
export type Failpoint = {
  readonly label: FailpointLabel;
  readonly nth: number;
  readonly action: "kill" | "throw" | "hang";
};

let armed: Failpoint | undefined;
let reached = 0;

/** Makes this process fail at one step, or, with `undefined`, at none. */
export function armFailpoint(at: Failpoint | undefined): void {
  armed = at;
  reached = 0;
}

/** Marks a step. Does nothing unless this very step is armed; then the process fails here as it was told to. */
export function failpoint(label: FailpointLabel): void {
  if (armed?.label === label) fail(armed);
}

function fail({ label, nth, action }: Failpoint): void {
  reached += 1;
  if (reached !== nth) return;
  if (action === "throw") {
    throw new TidemarkError("internal", `Failpoint ${label} was told to throw. Unset TIDEMARK_FAILPOINT.`, { label });
  }
  process.kill(process.pid, action === "kill" ? "SIGKILL" : "SIGSTOP");
}

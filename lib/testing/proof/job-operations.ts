import type { AppendOperation, LogEntry, Operation } from "@/lib/testing/proof/history/history";
import { beginsJob, isMarked, isStubborn, jobNumber } from "@/lib/testing/proof/numbers";

/** Appends of jobs have numbers of their own, far above those of writers. */
const FIRST = 2 ** 45;

/**
 * What the process manager may have sent, as the history tells it: an append for each step of each job that began, done at
 * some time. Nothing of it can be read before what began the job was sent; that each is there is for `checkJobs` to say.
 */
export function jobOperations(log: readonly LogEntry[], sent: readonly Operation[]): AppendOperation[] {
  const starts = new Map<number, number>();
  for (const one of sent) {
    if (one.kind !== "append") continue;
    for (const { events } of one.writes) {
      for (const event of events) {
        if (!isJob(event)) continue;
        starts.set(event, Math.min(starts.get(event) ?? Number.POSITIVE_INFINITY, one.start));
      }
    }
  }
  return log
    .filter(({ event }) => isJob(event))
    .flatMap(({ event }) => stepsOf(event).map((step) => operationOf(event, step, starts)));
}

/** Jobs in the log that are not done, in words. That nothing was done twice the history tells. */
export function checkJobs(log: readonly LogEntry[]): string[] {
  const there = new Set(log.map(({ event }) => event));
  return log.flatMap(({ event }) =>
    isJob(event)
      ? stepsOf(event).flatMap((step) => (there.has(step) ? [] : [`step ${step} of job ${event} is missing`]))
      : [],
  );
}

function isJob(event: number): boolean {
  return isMarked(event) && beginsJob(event);
}

function stepsOf(job: number): readonly [number, number] {
  return [jobNumber(job, isStubborn(job) ? "JobRefused" : "JobStarted"), jobNumber(job, "JobFinished")];
}

function operationOf(job: number, step: number, starts: ReadonlyMap<number, number>): AppendOperation {
  return {
    kind: "append",
    outcome: "ok",
    process: "the process manager",
    start: starts.get(job) ?? 0,
    end: Number.POSITIVE_INFINITY,
    append: FIRST + step,
    writes: [{ stream: `job-${job}`, expected: "any", events: [step] }],
  };
}

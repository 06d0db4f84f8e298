import { z } from "zod";
import { command, defineDecider, defineEvents, reject } from "@/lib/define";
import { becomes, defineProcess, ends, send, setTimer } from "@/lib/define-process";
import { beginsJob, dataOf, isStubborn, jobNumber } from "@/lib/testing/proof/numbers";

const payload = z.object({ n: z.int(), by: z.int() });

/** Events that only carry their number. The type decides who handles them: `Stamped` is handled inline, `Marked` by a handler too. */
export const proofEvents = defineEvents({
  Noted: [1, payload],
  Marked: [1, payload],
  Stamped: [1, payload],
  JobStarted: [1, payload],
  JobRefused: [1, payload],
  JobFinished: [1, payload],
});

const input = z.object({ job: z.int() });

/** Says yes as often as it is asked, so that a command that is sent twice leaves two events. */
export const job = defineDecider<null>()({
  category: "job",
  events: proofEvents,
  initialState: () => null,
  evolve: {
    Noted: () => null,
    Marked: () => null,
    Stamped: () => null,
    JobStarted: () => null,
    JobRefused: () => null,
    JobFinished: () => null,
  },
  commands: {
    Start: command({
      description: "Starts a job.",
      input,
      decide: (_: null, { job: n }) =>
        isStubborn(n)
          ? reject("job.stubborn", "It does not want to.")
          : proofEvents.JobStarted(dataOf(jobNumber(n, "JobStarted"))),
    }),
    Refuse: command({
      description: "Notes that it was refused.",
      input,
      decide: (_: null, { job: n }) => proofEvents.JobRefused(dataOf(jobNumber(n, "JobRefused"))),
    }),
    Finish: command({
      description: "Finishes a job.",
      input,
      decide: (_: null, { job: n }) => proofEvents.JobFinished(dataOf(jobNumber(n, "JobFinished"))),
    }),
  },
});

/** How long a job takes, by the database's clock. */
const JOB_SECONDS = 0.3;

/** Starts a job with some of the marked events, finishes it when its time is over, and ends when it is finished. */
export const jobs = defineProcess<{ readonly stage: string }>()({
  name: "proof-jobs",
  version: 1,
  description: "Starts jobs and finishes them after a while.",
  events: proofEvents,
  partitions: 2,
  instance: ({ type, data, stream }) =>
    type === "Marked" ? (beginsJob(data.n) ? `${data.n}` : null) : stream.replace(/^job-/, ""),
  begins: ({ type }) => type === "Marked",
  initialState: () => ({ stage: "new" }),
  stage: ({ stage }) => stage,
  on: {
    Marked: (_, __, instance) =>
      becomes(
        { stage: "waits" },
        send("job", instance, "Start", { job: Number(instance) }),
        setTimer("over", { seconds: JOB_SECONDS }),
      ),
    JobFinished: () => ends({ stage: "finished" }),
  },
  onTimer: {
    over: (state, instance) => becomes(state, send("job", instance, "Finish", { job: Number(instance) })),
  },
  onRejection: {
    Start: (state, _, instance) => becomes(state, send("job", instance, "Refuse", { job: Number(instance) })),
  },
});

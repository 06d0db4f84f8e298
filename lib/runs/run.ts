import type pg from "pg";
import { TidemarkError } from "@/lib/kernel/errors";

/** What a run is doing. `awaiting-decision` is carried out like `running`; the last three are its end. */
export type RunState =
  | "waiting"
  | "running"
  | "paused"
  | "cancelling"
  | "awaiting-decision"
  | "succeeded"
  | "failed"
  | "cancelled";

/** The states that a run does not leave by itself. */
export const endStates: readonly RunState[] = ["succeeded", "failed", "cancelled"];

/** What an executor reports. `done` and `total` count the kind's unit within the phase; `detail` says what is at hand now. */
export type Progress = {
  readonly phase?: string;
  readonly done?: number;
  /** Null when nobody can know; it may grow. */
  readonly total?: number | null;
  readonly detail?: string | null;
  /** What `done` and `total` count from here on, in the plural; the kind's unit until one is named. */
  readonly unit?: string;
  /** What went wrong without ending the run, so far. */
  readonly problems?: number;
};

/** What an executor works with. `Input` and `Checkpoint` are JSON. */
export type RunContext<Input, Checkpoint> = {
  readonly id: bigint;
  readonly subject: string | null;
  readonly input: Input;
  /** As the last committed step left it; null before the first. */
  readonly checkpoint: Checkpoint | null;
  readonly epoch: bigint;
  /** Aborted when the run is to pause, to be cancelled, or is no longer ours. */
  readonly signal: AbortSignal;
  /**
   * Does `work` and keeps the checkpoint it returns in one transaction that commits only under this run's epoch. Throws
   * `RunStopped` when the run is told to stop; let it through.
   */
  readonly step: (work: (client: pg.PoolClient) => Promise<Checkpoint>) => Promise<void>;
  /** Notes progress; it is written with the next step or heart-beat. Entering another phase starts `done` at 0. */
  readonly progress: (progress: Progress) => void;
  /**
   * Says that work was committed otherwise than by a step, under the kind's own fence: like after a step, a worker that is lost
   * from here on is the first one. Writes the progress.
   */
  readonly kept: () => Promise<void>;
  /** Adds a line to the run's log. */
  readonly log: (message: string, level?: "info" | "warn" | "error") => Promise<void>;
  /** Rests `ms`; throws `RunStopped` when the run is told to stop meanwhile. */
  readonly wait: (ms: number) => Promise<void>;
  /** Waits as the throttle asks for `units` of work; throws as `wait` does. */
  readonly pace: (units: number) => Promise<void>;
  /**
   * Resolves with what an operator decided, at once when that is known already. `meanwhile` is called again and again
   * until then and says whether it found something to do. Throws as `wait` does.
   */
  readonly awaitDecision: (question: string, meanwhile?: () => Promise<boolean>) => Promise<string>;
};

/** A run as the acts of operators see it, locked by their transaction. */
export type RunFacts = {
  readonly id: bigint;
  readonly requestedBy: string;
  readonly kind: string;
  readonly subject: string | null;
  readonly state: RunState;
  readonly phase: string | null;
  readonly input: unknown;
  readonly checkpoint: unknown;
  readonly result: unknown;
};

/**
 * An act that a kind offers beside pause, resume and cancel, done in the operator's transaction. It throws `conflict` when
 * it cannot be done, returns one sentence in the past tense, and may `decide` for a run that awaits it.
 */
export type RunAct = (
  client: pg.PoolClient,
  run: RunFacts,
  decide: (decision: string) => Promise<void>,
) => Promise<string>;

/** One kind of long job. */
export type RunKind<Input = unknown, Checkpoint = unknown> = {
  readonly kind: string;
  /** What `done` and `total` count, in the plural: `events`. */
  readonly unit: string;
  readonly phases: readonly string[];
  /**
   * Carries the run out from its checkpoint and resolves with its result (JSON) when all is done. It may be called many
   * times: by each worker that takes the run up after another was lost. Absent where the work comes from outside, part by
   * part (`fed-run.ts`): then no worker takes it up.
   */
  readonly run?: (context: RunContext<Input, Checkpoint>) => Promise<unknown>;
  /** Takes back what a cancelled run has made so far. May be called more than once. */
  readonly undo?: (context: RunContext<Input, Checkpoint>) => Promise<void>;
  /** Who may pause, resume and cancel it though they are no operators; whoever asked for it may in any case. */
  readonly steeredBy?: "privacy-officer";
  /** Whether it can be slowed down: it calls `pace`. */
  readonly throttled?: boolean;
  readonly promote?: RunAct;
  readonly revert?: RunAct;
};

/** A kind that workers carry out. */
export type ExecutedKind = RunKind & { readonly run: NonNullable<RunKind["run"]> };

/** Whether workers carry runs of this kind out; the others are fed from outside. */
export function isExecuted(kind: RunKind): kind is ExecutedKind {
  return kind.run !== undefined;
}

/** Declares a kind of run, with the shapes of its input and checkpoint. */
export function defineRun<Input, Checkpoint>(kind: RunKind<Input, Checkpoint>): RunKind {
  return kind as unknown as RunKind;
}

/** The kind of this name. Throws `conflict` where this version of the code has none. */
export function runKind(kinds: readonly RunKind[], name: string): RunKind {
  const found = kinds.find(({ kind }) => kind === name);
  if (found) return found;
  throw new TidemarkError("conflict", `This version of Tidemark does not know runs of the kind ${name}.`, {
    kind: name,
  });
}

/** Why an executor must leave a run now. */
export type StopReason = "pause" | "cancel" | "lost" | "worker-stops";

/** The run is to be left as it stands at its checkpoint. Not a fault; executors let it through. */
export class RunStopped extends TidemarkError {
  constructor(
    readonly reason: StopReason,
    run: bigint,
  ) {
    super("conflict", `Run ${run} is left at its checkpoint (${reason}).`, { run: String(run), reason });
  }
}

import type pg from "pg";
import { inTransaction } from "@/lib/db/in-transaction";
import { failpoint } from "@/lib/kernel/failpoint";
import { PhaseLog } from "@/lib/runs/phase-log";
import { PhaseSpans } from "@/lib/runs/phase-spans";
import { type Progress, RunStopped, type StopReason } from "@/lib/runs/run";
import type { Beat, ClaimedRun } from "@/lib/runs/run-lease";
import { writeLine, writeOnce } from "@/lib/runs/run-log";

type Standing = {
  phase: string | null;
  done: number;
  total: number | null;
  detail: string | null;
  problems: number;
  unit: string | null;
};

/**
 * A run in the hands of this worker: what is wanted of it, its progress, and every write under its epoch. Once it is told
 * to stop, everything throws `RunStopped`.
 */
export class HeldRun {
  readonly #pool: pg.Pool;
  #stop = new AbortController();
  readonly #standing: Standing;
  #dirty = false;
  readonly #phaseLog: PhaseLog;
  #stepping = false;
  #reason: StopReason | undefined;
  #freeAt = 0;
  #undoing = false;
  /** How it ended, once that is written. */
  outcome: "succeeded" | "failed" | "cancelled" | undefined;
  readonly phases = new PhaseSpans();
  throttle: number | null;
  decision: string | null;
  /** As the last committed step left it, this worker's own steps included; null before the first. */
  checkpoint: unknown;

  constructor(
    pool: pg.Pool,
    readonly claimed: ClaimedRun,
  ) {
    this.#pool = pool;
    this.#standing = { phase: claimed.phase, done: 0, total: null, detail: null, problems: 0, unit: null };
    this.#phaseLog = new PhaseLog(claimed.phases, claimed.phaseLines);
    if (claimed.phase !== null && claimed.state !== "cancelling") this.#phaseLog.enter(claimed.phase);
    this.throttle = claimed.throttle;
    this.decision = claimed.decision;
    this.checkpoint = claimed.checkpoint === null ? null : JSON.parse(claimed.checkpoint);
  }

  get id(): bigint {
    return this.claimed.id;
  }

  get epoch(): bigint {
    return this.claimed.epoch;
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Why it is to be left; undefined while it may go on. */
  get reason(): StopReason | undefined {
    return this.#reason;
  }

  /** Tells whoever works on it to leave it. The first reason stands, except that a lost run is lost. */
  stop(reason: StopReason): void {
    if (this.#reason === undefined || reason === "lost") this.#reason = reason;
    this.#stop.abort(new RunStopped(this.#reason ?? reason, this.id));
  }

  /** Takes in what a heart-beat brought. */
  heed({ wanted, throttle, decision }: Beat): void {
    this.throttle = throttle;
    this.decision = decision;
    if (wanted !== "run" && !this.#undoing) this.stop(wanted);
  }

  /** From here on what it made is taken back: the wish to stop has been heard, and only a lost lease ends it. */
  forgive(): void {
    this.#undoing = true;
    if (this.#reason === "lost") return;
    this.#reason = undefined;
    this.#stop = new AbortController();
  }

  throwIfStopped(): void {
    if (this.#reason !== undefined) throw new RunStopped(this.#reason, this.id);
  }

  note({ phase, ...progress }: Progress): void {
    if (phase !== undefined && phase !== this.#standing.phase) {
      Object.assign(this.#standing, { phase, done: 0, total: null, detail: null });
      this.phases.enter(phase);
      this.#phaseLog.enter(phase);
    }
    Object.assign(this.#standing, progress);
    this.#dirty = true;
  }

  /** Work and checkpoint in one transaction, which commits only under this epoch. */
  async step(work: (client: pg.PoolClient) => Promise<unknown>): Promise<void> {
    this.throwIfStopped();
    const standing = { ...this.#standing };
    // They are taken by the step, so that its commit leaves no phase behind of which the log says nothing.
    let lines: readonly string[] = [];
    const [checkpoint, wanted] = await inTransaction(this.#pool, async (client) => {
      const next = await work(client);
      this.throwIfStopped();
      failpoint("run.before-checkpoint");
      this.#stepping = true;
      const told = await this.#write(client, next);
      lines = this.#phaseLog.take();
      await writeOnce(client, this.id, this.epoch, lines);
      failpoint("run.before-commit");
      return [next, told] as const;
    })
      .catch((error: unknown) => {
        this.#phaseLog.putBack(lines);
        throw error;
      })
      .finally(() => {
        this.#stepping = false;
      });
    this.checkpoint = checkpoint;
    failpoint("run.after-commit");
    this.#dirty &&= standing.done !== this.#standing.done || standing.phase !== this.#standing.phase;
    if (wanted !== "run" && !this.#undoing) this.stop(wanted);
  }

  /** Writes the progress that was noted since; does nothing when there is none. */
  async flush(): Promise<void> {
    if (this.#dirty) {
      this.#dirty = false;
      await this.#write(this.#pool, undefined);
    }
    // While a step is written it holds the run's row, and the lines are its own.
    if (!this.#stepping) await this.#logPhases();
  }

  /** Ends the last phase, too, and writes what was noted: all has been done. */
  async finish(): Promise<void> {
    this.#phaseLog.finish();
    await this.flush();
  }

  /** Writes the progress, and that what was done stands. */
  async kept(): Promise<void> {
    this.#dirty = false;
    await this.#write(this.#pool, undefined, true);
    await this.#logPhases();
  }

  async log(message: string, level: "info" | "warn" | "error" = "info"): Promise<void> {
    // What is said in a phase stands behind its beginning.
    await this.#logPhases();
    if (!(await writeLine(this.#pool, this.id, level, message, this.epoch))) this.#lose();
  }

  /** The same, unless its log has this line. */
  async logOnce(message: string): Promise<void> {
    await writeOnce(this.#pool, this.id, this.epoch, [message]);
  }

  async enter(state: "running" | "awaiting-decision" | "cancelling"): Promise<void> {
    // One that awaits a decision has done all that comes before it, and may wait for longer than ten workers live.
    const { rowCount } = await this.#pool.query(
      `update runs set state = $3, attempts = case when $3 = 'awaiting-decision' then 0 else attempts end
        where id = $1 and epoch = $2`,
      [this.id, this.epoch, state],
    );
    if (rowCount === 0) this.#lose();
  }

  async wait(ms: number): Promise<void> {
    this.throwIfStopped();
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.signal.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.signal.addEventListener("abort", end, { once: true });
    });
    this.throwIfStopped();
  }

  /** Spends `units` of the throttle's allowance and waits until they are earned; a change of the throttle counts at once. */
  async pace(units: number): Promise<void> {
    this.throwIfStopped();
    const begun = performance.now();
    const from = Math.max(this.#freeAt, begun);
    for (;;) {
      const { throttle } = this;
      this.#freeAt = throttle === null ? begun : from + (units / throttle) * 1_000;
      const left = this.#freeAt - performance.now();
      if (left <= 0) return;
      await this.wait(Math.min(left, 250));
    }
  }

  async #write(
    client: pg.Pool | pg.PoolClient,
    checkpoint: unknown,
    kept = checkpoint !== undefined,
  ): Promise<Beat["wanted"]> {
    const { phase, done, total, detail, problems, unit } = this.#standing;
    const { rows } = await client.query<{ wanted: Beat["wanted"] }>(
      `update runs set phase_at = case when phase is distinct from $3 then clock_timestamp() else phase_at end,
              phase = $3, done = $4, total = $5, detail = $6, problems = $7, unit = coalesce($9, unit),
              checkpoint = coalesce($8, checkpoint), steps = steps + case when $8 is null then 0 else 1 end,
              attempts = case when $10 then 0 else attempts end
        where id = $1 and epoch = $2 returning wanted`,
      [
        ...[this.id, this.epoch, phase, Math.round(done), total === null ? null : Math.round(total)],
        ...[detail, problems, checkpoint === undefined ? null : JSON.stringify(checkpoint), unit, kept],
      ],
    );
    return rows[0]?.wanted ?? this.#lose();
  }

  async #logPhases(): Promise<void> {
    const lines = this.#phaseLog.take();
    if (lines.length === 0) return;
    try {
      await writeOnce(this.#pool, this.id, this.epoch, lines);
    } catch (error) {
      this.#phaseLog.putBack(lines);
      throw error;
    }
  }

  #lose(): never {
    this.stop("lost");
    throw new RunStopped("lost", this.id);
  }
}

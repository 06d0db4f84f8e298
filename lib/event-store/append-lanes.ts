import type pg from "pg";
import { inTransaction } from "@/lib/db/in-transaction";
import { asUnavailable, isConnectionLoss, isRetryable, sqlState } from "@/lib/db/unavailable";
import { type CallMode, callAppend } from "@/lib/event-store/append-call";
import type { Outcome } from "@/lib/event-store/append-outcome";
import { createAppendQueue, type Waiting } from "@/lib/event-store/append-queue";
import { countCall } from "@/lib/event-store/count-appends";
import type { PreparedAppend } from "@/lib/event-store/prepare-append";
import type { WriteResult } from "@/lib/event-store/recorded-event";
import { findKnown, replay } from "@/lib/event-store/replay";
import type { InlineConsumers } from "@/lib/event-store/store";
import { TidemarkError, Unavailable, VersionConflict } from "@/lib/kernel/errors";
import { failpoint } from "@/lib/kernel/failpoint";
import type { Sealing } from "@/lib/privacy/sealing";
import { tallies } from "@/lib/telemetry/tallies";

/** What group commit needs. `maxBatch` bounds the appends of one call, `lanes` the calls under way at once. */
export type AppendLanes = {
  readonly pool: pg.Pool;
  readonly inline?: InlineConsumers | undefined;
  readonly sealing?: Sealing | undefined;
  readonly maxBatch: number;
  readonly lanes: number;
};

/**
 * Group commit: whatever arrives while the lanes are busy leaves in one call when one is free; when idle, an append
 * leaves at once. The returned function resolves or rejects for its own append alone, whatever befalls the others.
 */
export function createAppendLanes({ pool, inline, sealing, maxBatch, lanes }: AppendLanes) {
  const queue = createAppendQueue(maxBatch);
  const waits = createTurns(WAITS_MAX);
  let running = 0;
  let scheduled = false;

  return (append: PreparedAppend): Promise<readonly WriteResult[]> =>
    new Promise((resolve, reject) => {
      queue.add({ append, resolve, reject, since: performance.now() });
      schedule();
    });

  /**
   * When all callers that one answer woke have had their turn, so that they share a call; but before another answer is
   * looked at, or groups that came back together would leave together, and client and server work in turn.
   */
  function schedule(): void {
    if (scheduled || running >= lanes) return;
    scheduled = true;
    process.nextTick(() => {
      scheduled = false;
      while (running < lanes) {
        // Shared out, so that one group is on its way while another's answers are handled.
        const group = queue.take(lanes - running);
        if (group.length === 0) return;
        running += 1;
        void runGroup(group).finally(() => {
          running -= 1;
          schedule();
        });
      }
    });
  }

  /** Never throws: every member learns its own outcome. */
  async function runGroup(group: readonly Waiting[]): Promise<void> {
    try {
      await settle(group, await attemptFast(group));
    } catch (error) {
      if (isShared(group, error)) for (const each of group) refuse(each, error);
      else for (const each of group) await runGroup([each]);
    }
  }

  /** Looks for known ids only where it must: an append that was sent before is rare, and looking is dear. */
  async function attemptFast(group: readonly Waiting[]): Promise<Outcome[]> {
    try {
      const outcomes = await attempt(group, FAST);
      // The version that such an append misses may be the one it made itself, the first time.
      const doubtful = group.filter(({ append }, index) => append.repeatable && outcomes[index]?.kind === "conflict");
      const known = await findKnown(
        pool,
        doubtful.map(({ append }) => append),
      );
      return outcomes.map((outcome, index) => (known.has(group[index]?.append) ? { kind: "known" } : outcome));
    } catch (error) {
      if (!isIdRace(error)) throw error;
      return await attempt(group, CAREFUL);
    }
  }

  async function settle(group: readonly Waiting[], outcomes: readonly Outcome[]): Promise<void> {
    countCall(group, outcomes);
    const busy = new Map<string, Waiting[]>();
    for (const [index, waiting] of group.entries()) {
      const outcome = outcomes[index];
      if (outcome?.kind === "busy") {
        const stream = waiting.append.writes[0]?.stream ?? "";
        busy.set(stream, [...(busy.get(stream) ?? []), waiting]);
      } else if (outcome) await answer(waiting, outcome);
    }
    // A locked stream is waited for on a connection of its own; its streams stay taken until then, the lane does not.
    for (const waiting of busy.values()) void waitFor(waiting);
  }

  async function waitFor(group: readonly Waiting[]): Promise<void> {
    await waits.enter();
    await lockAndAppend(group);
    waits.leave();
    schedule();
  }

  async function lockAndAppend(group: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await attempt(group, PATIENT);
      countCall(group, outcomes);
      for (const [index, waiting] of group.entries()) {
        const outcome = outcomes[index];
        if (outcome) await answer(waiting, outcome);
      }
    } catch (error) {
      if (isShared(group, error)) for (const each of group) refuse(each, error);
      else for (const each of group) await lockAndAppend([each]);
    }
  }

  async function answer(waiting: Waiting, outcome: Outcome): Promise<void> {
    try {
      if (outcome.kind === "ok") waiting.resolve(outcome.results);
      else if (outcome.kind === "known") {
        waiting.resolve(await replay(pool, waiting.append, sealing));
        tallies.appends.replayed += 1;
      } else throw refusalOf(outcome);
      queue.done(waiting);
    } catch (error) {
      refuse(waiting, error);
    }
  }

  function refuse(waiting: Waiting, error: unknown): void {
    waiting.reject(appendError(error));
    queue.done(waiting);
    if (!(error instanceof VersionConflict)) tallies.appends.failed += 1;
  }

  /** Ids are fixed before anything is sent, so that a call whose answer was lost can be sent again, looking for them. */
  async function attempt(group: readonly Waiting[], mode: CallMode): Promise<Outcome[]> {
    const appends = group.map((waiting) => waiting.append);
    let lost = 0;
    for (let tries = 1; ; tries++) {
      const lookForKnown = mode.lookForKnown || lost > 0;
      try {
        failpoint("append.before-send");
        const outcomes = await callOnce(appends, { ...mode, lookForKnown });
        failpoint("append.after-commit");
        return outcomes;
      } catch (error) {
        if (isConnectionLoss(error) && lost < LOST_RESTS_MS.length) await rest(LOST_RESTS_MS[lost++] ?? 0);
        else if (!(isRetryable(error) || (lookForKnown && isIdRace(error))) || tries >= TRIES_MAX) throw error;
        else await rest(tries * 5);
      }
    }
  }

  async function callOnce(appends: readonly PreparedAppend[], mode: CallMode): Promise<Outcome[]> {
    const consumers = inline && appends.some((append) => handled(append, inline)) ? inline : undefined;
    if (!consumers && !mode.wait) return await callAppend(pool, appends, mode);
    return await inTransaction(pool, async (client) => {
      if (mode.wait) await client.query(`set local lock_timeout = ${LOCK_PATIENCE_MS}`);
      const outcomes = await callAppend(client, appends, mode);
      if (consumers) await applyInline(client, outcomes, consumers);
      failpoint("append.before-commit");
      return outcomes;
    });
  }
}

/** Runs the inline consumers on what a call stored, in the order of positions, within the call's transaction. */
export async function applyInline(
  client: pg.PoolClient,
  outcomes: readonly Outcome[],
  inline: InlineConsumers,
): Promise<void> {
  const events = outcomes
    .flatMap((outcome) => (outcome.kind === "ok" ? outcome.events() : []))
    .filter((event) => inline.handles(event.type));
  if (events.length > 0) await inline.apply(client, events);
}

/** The error that a caller of append sees for a refused outcome. */
export function refusalOf(outcome: Outcome): Error {
  if (outcome.kind === "conflict") return new VersionConflict(outcome.stream, outcome.expected, outcome.actual);
  return new Unavailable("The stream is locked by another transaction. Try again.");
}

/** The error that a caller of append sees for whatever was thrown. */
export function appendError(error: unknown): unknown {
  const code = sqlState(error);
  if (code === "55P03") {
    return new Unavailable("Another transaction has held the stream's lock for too long. Try again.", error);
  }
  if (code === "TM004") {
    return new TidemarkError(
      "conflict",
      "synchronous_commit is off, so appends are refused. Set it to on.",
      {},
      { cause: error },
    );
  }
  if (code === "TM005") {
    const { message } = error as Error;
    return new Unavailable(
      `Appends are refused here: ${message}. Start this process with the code that is deployed now.`,
      error,
    );
  }
  return asUnavailable(error);
}

const FAST: CallMode = { wait: false, lookForKnown: false };
const CAREFUL: CallMode = { wait: false, lookForKnown: true };
const PATIENT: CallMode = { wait: true, lookForKnown: true };

/** In all 1.7 s, which outlasts the restart of a server; what is not back by then is reported. */
const LOST_RESTS_MS = [20, 80, 200, 400, 1_000];
const TRIES_MAX = 5;
/** Connections that may wait for locked streams, so that the pool keeps some for everybody else. */
const WAITS_MAX = 4;
const LOCK_PATIENCE_MS = 10_000;

function handled(append: PreparedAppend, inline: InlineConsumers): boolean {
  return append.writes.some((write) => write.events.some(({ event }) => inline.handles(event.type)));
}

/** Another process stored the same ids between the check and the insert; the next try finds them. */
function isIdRace(error: unknown): boolean {
  return sqlState(error) === "23505" && /events_event_id/.test(String((error as { constraint?: string }).constraint));
}

/** Whether an error is every member's own. Otherwise one member's fault ended the call, and alone each gets its answer. */
function isShared(group: readonly Waiting[], error: unknown): boolean {
  return group.length === 1 || isConnectionLoss(error) || sqlState(error) === "55P03";
}

/** Lets `max` callers in at once and the others wait in line. */
function createTurns(max: number) {
  const line: (() => void)[] = [];
  let free = max;
  return {
    async enter(): Promise<void> {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => line.push(resolve));
    },
    leave(): void {
      const next = line.shift();
      if (next) next();
      else free += 1;
    },
  };
}

function rest(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

import type pg from "pg";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { readableText } from "@/lib/privacy/open-payload";
import { type Consumer, type Effects, EventFailed, firstParameter } from "@/lib/subscriptions/consumer";
import { describeFailure, type Failure } from "@/lib/subscriptions/failure";
import { readParked } from "@/lib/subscriptions/read-parked";
import { isPassing } from "@/lib/subscriptions/record-fault";

/** What would become of a letter now. `passes` is about its own event; `stopsAt` is the first event that fails. */
export type DryRun = {
  readonly passes: boolean;
  /** Events that were tried: the letter's own and the first of those behind it. `more`: there are further ones. */
  readonly tried: number;
  readonly more: boolean;
  /** Null when none fails. `position` is null when only a later event can be to blame and it is not known which. */
  readonly stopsAt: {
    readonly position: string | null;
    readonly type: string | null;
    readonly failure: Failure;
  } | null;
};

/** A letter as a dry run needs it; `checkpoint` is that of its partition. */
export type DryRunLetter = {
  readonly generation: number;
  readonly stream: string;
  readonly version: number;
  readonly position: bigint;
  readonly blocks: boolean;
  readonly checkpoint: bigint;
};

const BEHIND_MAX = 200;

/**
 * Tries a letter and what waits behind it with this process's code against the rows as they are: the effects are prepared
 * and carried out as for a batch, and rolled back. Nothing is changed. Waits at most a second for a row that is being
 * written, and then throws what says nothing about the event.
 */
export async function dryRun(pool: pg.Pool, consumer: Consumer, letter: DryRunLetter): Promise<DryRun> {
  const read = await readParked(pool, {
    stream: letter.stream,
    types: consumer.types,
    after: letter.version - 1,
    until: letter.blocks ? letter.checkpoint : letter.position,
    limit: BEHIND_MAX + 2,
  });
  const events = read.slice(0, BEHIND_MAX + 1);
  const counts = { tried: events.length, more: read.length > events.length };
  const error = await failureOf(pool, consumer, letter.generation, events);
  if (error === undefined) return { passes: true, ...counts, stopsAt: null };
  if (error instanceof EventFailed) return { passes: error.index > 0, ...counts, stopsAt: stop(error, error.event) };
  // The database refused the whole: whether it is the letter's own event shows when that stands alone.
  const alone = events.length > 1 ? await failureOf(pool, consumer, letter.generation, events.slice(0, 1)) : error;
  return alone === undefined
    ? { passes: true, ...counts, stopsAt: stop(error) }
    : { passes: false, ...counts, stopsAt: stop(alone, events[0]) };
}

function stop(error: unknown, event?: RecordedEvent): DryRun["stopsAt"] {
  const failure = describeFailure(error, event && readableText(event));
  return { position: event ? String(event.position) : null, type: event?.type ?? null, failure };
}

async function failureOf(
  pool: pg.Pool,
  consumer: Consumer,
  generation: number,
  events: readonly RecordedEvent[],
): Promise<unknown> {
  try {
    const effects = await consumer.open({ pool, generation, fresh: false }).prepare(events);
    await rolledBack(pool, effects);
    return undefined;
  } catch (error) {
    if (isPassing(error)) throw error;
    return error;
  }
}

async function rolledBack(pool: pg.Pool, effects: Effects): Promise<void> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query("begin; set local lock_timeout = '1s'; set local statement_timeout = '5s'");
    if (effects.kind === "transaction") await effects.run(client);
    else await client.query(statementOf(effects.parts), [...NOTHING, ...effects.values]);
  } finally {
    await client.query("rollback").catch((failure: Error) => {
      broken = failure;
    });
    client.release(broken);
  }
}

const NOTHING: readonly null[] = Array.from({ length: firstParameter - 1 }, () => null);

/** The parts as a commit would run them, with a fence that always holds. */
function statementOf(parts: readonly string[]): string {
  const unused = NOTHING.map((_, index) => `$${index + 1}::text`).join(", ");
  const named = parts.map((part, index) => `, part_${index} as (${part} returning 1)`);
  return `with moved as (select from (select ${unused}) unused)${named.join("")} select 1`;
}

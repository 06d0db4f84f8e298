import { TidemarkError } from "@/lib/kernel/errors";
import type { Position } from "@/lib/kernel/position";
import type { GenerationPair } from "@/lib/projections/rebuild/both-at-one-place";
import { partitionsBehind } from "@/lib/projections/rebuild/promote-generation";
import type { RunContext } from "@/lib/runs/run";

/** The pair, and the mark up to which the new one is replayed. */
type Target = GenerationPair & { readonly until: Position };
type Context = Pick<RunContext<never, never>, "progress" | "kept" | "wait" | "log">;

const LOOK_MS = 250;
/** Over how long the pace of a generation is compared with that of the log. */
const PACE_MS = 5_000;

/** Waits until workers have replayed the log up to the mark. Throws `conflict` when an event is parked meanwhile. */
export async function replayByWorkers(target: Target, context: Context): Promise<void> {
  let before: bigint | undefined;
  for (;;) {
    const { least, at } = await look(target);
    const detail = at === null ? "replayed by the workers" : `replaying ${at.slice(0, 10)}`;
    context.progress({ phase: "replay", done: Number(least), total: Number(target.until), detail });
    if (before !== undefined && least > before) await context.kept();
    before = least;
    if (least >= target.until) return;
    await context.wait(LOOK_MS);
  }
}

/**
 * Waits until the new generation has all that the other has. Says so when it will not: when the log grows faster than it
 * is followed, or when nobody follows. Throws `conflict` when an event is parked: a rebuild that lacks events is none.
 */
export async function catchUp(target: Target, context: Context): Promise<void> {
  const { pool, projection, live, generation } = target;
  let before = await look(target);
  let beforeAt = performance.now();
  let told = "";
  for (;;) {
    const now = await look(target);
    const gap = now.mark > now.least ? now.mark - now.least : 0n;
    const elapsed = performance.now() - beforeAt;
    if (elapsed >= PACE_MS) {
      told = whyNever(before, now, elapsed / 1_000) ?? "";
      before = now;
      beforeAt = performance.now();
    }
    context.progress({
      phase: "catch-up",
      unit: "positions",
      done: Number(now.least),
      total: Number(now.mark),
      detail: told || `${gap} positions behind`,
    });
    if ((await partitionsBehind(pool, projection.name, live, generation)).length === 0) return;
    await context.wait(LOOK_MS);
  }
}

/** How far a generation is, and the mark of the log. */
type Stand = { readonly least: Position; readonly mark: Position };

/** Why a generation that went from one stand to another in so many seconds will not catch up; null when it will. */
export function whyNever(before: Stand, now: Stand, seconds: number): string | null {
  const followed = Number(now.least - before.least) / seconds;
  const grown = Number(now.mark - before.mark) / seconds;
  if (followed > grown || now.least >= now.mark) return null;
  if (followed === 0) return "will not catch up: no worker follows it";
  return `will not catch up at this pace: it follows ${Math.round(followed)} positions a second, the log grows by ${Math.round(grown)}`;
}

type Standing = { readonly least: bigint; readonly mark: bigint; readonly at: string | null };

async function look({ pool, projection, generation }: Target): Promise<Standing> {
  const { rows } = await pool.query<Standing & { parked: bigint; partitions: bigint; error: string | null }>(
    `select p.least, p.partitions, p.error, h.position as mark,
            (select recorded_at from events where position <= p.least order by position desc limit 1) as at,
            (select count(*) from dead_letters d where d.consumer = $1 and d.generation = $2 and d.closed_at is null) as parked
       from high_water h cross join (
         select coalesce(min(checkpoint), 0) as least, count(*) as partitions,
                (array_agg(error::text) filter (where error is not null))[1] as error
           from consumer_partitions where consumer = $1 and generation = $2) p`,
    [projection.name, generation],
  );
  const [row] = rows;
  const facts = { consumer: projection.name, generation };
  if (!row || row.partitions === 0n) {
    throw new TidemarkError(
      "conflict",
      `Generation ${generation} of ${projection.name} is not being built any more.`,
      facts,
    );
  }
  if (row.parked > 0n || row.error !== null) {
    const why = row.parked > 0n ? `${row.parked} events are parked` : `it is faulted: ${row.error}`;
    throw new TidemarkError(
      "conflict",
      `Generation ${generation} of ${projection.name} lacks events: ${why}. Correct the code and resume the run, or cancel it.`,
      facts,
    );
  }
  return row;
}

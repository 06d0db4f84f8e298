import { NotFound, TidemarkError } from "@/lib/kernel/errors";
import { limits } from "@/lib/kernel/limits";
import type { Position } from "@/lib/kernel/position";
import { projectionRows } from "@/lib/queries/list-projections";
import type { QueryContext } from "@/lib/queries/query-context";
import { checkpointOf } from "@/lib/queries/read-model-rows";

/** What is read has not come to the asked position in time; `lag` and `checkpoint` say how far it is. */
export class NotYet extends TidemarkError {
  constructor(what: string, minPosition: Position, checkpoint: Position, facts: Readonly<Record<string, unknown>>) {
    super(
      "not-yet",
      `${what} has reached ${checkpoint}, not ${minPosition}. Your change is stored; read again later.`,
      {
        minPosition: String(minPosition),
        checkpoint: String(checkpoint),
        ...facts,
      },
    );
  }
}

type Waiting = { readonly signal?: AbortSignal; readonly timeoutMs?: number };

/** How long to wait between two looks, in milliseconds: soon at first, because most changes are there at once. */
const FIRST_LOOK_MS = 5;
const LOOK_MS = 50;

/**
 * Answers when the read model holds everything up to `minPosition`. Throws `NotYet` after `timeoutMs` (10 s), `NotFound`.
 * Ends early, without an error, when the caller has gone.
 */
export async function waitForReadModel(
  context: QueryContext,
  name: string,
  minPosition: Position,
  options: Waiting = {},
): Promise<void> {
  if (await until(() => holds(context, name, minPosition), options)) return;
  const [[row], checkpoint] = await Promise.all([projectionRows(context, name), checkpointOf(context, name)]);
  throw new NotYet(name, minPosition, checkpoint, { projection: name, lag: row?.lag ?? "unknown" });
}

/** Answers when pages of the log hold everything up to `minPosition`. Throws `NotYet` after `timeoutMs` (10 s). */
export async function waitForLog(context: QueryContext, minPosition: Position, options: Waiting = {}): Promise<void> {
  let mark = 0n;
  const passed = await until(async () => {
    const [row] = await context.reads.query<{ position: bigint }>("select position from high_water");
    mark = row?.position ?? 0n;
    return mark >= minPosition;
  }, options);
  if (!passed) throw new NotYet("The log's high-water mark", minPosition, mark, { highWater: String(mark) });
}

/**
 * Whether a read model holds a position, by the very database that its rows are read from, so that this is true of a
 * replica as well. An inline one holds what is there: the append wrote both, in one transaction.
 */
async function holds({ reads }: QueryContext, name: string, position: Position): Promise<boolean> {
  const [row] = await reads.query<{ held: boolean }>(
    `select case when c.mode = 'inline'
                 then (select h.position >= $2 from high_water h) or exists (select from events e where e.position = $2)
                 else coalesce((select min(p.checkpoint) from consumer_partitions p
                                 where p.consumer = c.name and p.generation = c.generation), 0) >= $2 end as held
       from consumers c where c.name = $1`,
    [name, position],
  );
  if (!row) throw new NotFound("read model", name);
  return row.held;
}

async function until(done: () => Promise<boolean>, { signal, timeoutMs }: Waiting): Promise<boolean> {
  const deadline = performance.now() + (timeoutMs ?? limits.waitForPositionMs);
  for (let pause = FIRST_LOOK_MS; ; pause = Math.min(pause * 2, LOOK_MS)) {
    if ((await done()) || signal?.aborted) return true;
    if (performance.now() + pause > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

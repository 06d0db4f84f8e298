import { TidemarkError } from "@/lib/kernel/errors";
import { limits } from "@/lib/kernel/limits";
import type { Position } from "@/lib/kernel/position";
import { projectionRows } from "@/lib/queries/list-projections";
import type { QueryContext } from "@/lib/queries/query-context";
import { checkpointOf } from "@/lib/queries/read-model-rows";

/** The read model has not passed the asked position in time; `lag` and `checkpoint` say how far it is. */
class NotYet extends TidemarkError {
  constructor(name: string, minPosition: Position, checkpoint: Position, lag: unknown) {
    super(
      "not-yet",
      `${name} has reached ${checkpoint}, not ${minPosition}. Your change is stored; read again later.`,
      {
        projection: name,
        minPosition: String(minPosition),
        checkpoint: String(checkpoint),
        lag,
      },
    );
  }
}

/** How long to wait between two looks, in milliseconds: soon at first, because most changes are there at once. */
const FIRST_LOOK_MS = 5;
const LOOK_MS = 50;

/**
 * Answers when the read model holds everything up to `minPosition`. Throws `NotYet` after `timeoutMs` (10 s), `NotFound`.
 * Ends early, without an error, when the caller has gone.
 */
export async function waitForPosition(
  context: QueryContext,
  name: string,
  minPosition: Position,
  options: { readonly signal?: AbortSignal; readonly timeoutMs?: number } = {},
): Promise<void> {
  const deadline = performance.now() + (options.timeoutMs ?? limits.waitForPositionMs);
  for (let pause = FIRST_LOOK_MS; ; pause = Math.min(pause * 2, LOOK_MS)) {
    const checkpoint = await checkpointOf(context, name);
    if (checkpoint >= minPosition || options.signal?.aborted) return;
    if (performance.now() + pause > deadline) {
      const [row] = await projectionRows(context, name);
      throw new NotYet(name, minPosition, checkpoint, row?.lag ?? "unknown");
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

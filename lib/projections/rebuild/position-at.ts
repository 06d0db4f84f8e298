import type pg from "pg";
import type { Position } from "@/lib/kernel/position";

/** Appends under way at the same time may be recorded in another order than their positions. */
const MARGIN_MS = 10_000;

/**
 * A position so that every event recorded at or after a time (ISO 8601) has it or a higher one; a few earlier events may
 * have one, too. Found by halving the log, because positions grow with time: about thirty looks into an index.
 */
export async function readPositionAt(db: pg.Pool, at: string): Promise<Position> {
  const wanted = Date.parse(at) - MARGIN_MS;
  const { rows } = await db.query<{ mark: bigint }>("select position as mark from high_water");
  let low = 0n;
  let high = (rows[0]?.mark ?? 0n) + 1n;
  while (low < high) {
    const middle = (low + high) / 2n;
    const { rows: found } = await db.query<{ position: bigint; recordedAt: string }>({
      name: "position_at",
      text: `select position, recorded_at as "recordedAt" from events where position >= $1 order by position limit 1`,
      values: [middle],
    });
    const [event] = found;
    if (event && event.position < high && Date.parse(event.recordedAt) < wanted) low = event.position + 1n;
    else high = middle;
  }
  return low;
}

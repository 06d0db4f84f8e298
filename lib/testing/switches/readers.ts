import type pg from "pg";

/** What readers of a read model did and found. */
export type Readers = {
  readonly reads: () => number;
  /** Reads that failed, and reads that showed less than one before: each in a sentence. */
  readonly findings: readonly string[];
  readonly stop: () => Promise<void>;
};

/**
 * Reads a fold's read model under its stable name without pause, some readers side by side. Whoever reads must find it,
 * and never less than before: no row, no event of a row and no position may be gone, as they would be for a moment if a
 * switch showed nothing, half of a generation, or one that is behind.
 */
export function startReaders(pool: pg.Pool, view: string, count = 3): Readers {
  const findings: string[] = [];
  let running = true;
  let reads = 0;
  const read = async (reader: number) => {
    let before = { rows: 0, events: 0n, position: 0n };
    while (running) {
      try {
        const { rows } = await pool.query<{ rows: number; events: bigint; position: bigint }>(
          `select count(*)::int as rows, coalesce(sum(version), 0)::bigint as events, coalesce(max(position), 0) as position from ${view}`,
        );
        const now = rows[0] ?? before;
        reads += 1;
        if (now.rows < before.rows || now.events < before.events || now.position < before.position) {
          findings.push(`reader ${reader} saw ${words(now)} after ${words(before)}`);
        }
        before = now;
      } catch (error) {
        findings.push(`reader ${reader}: ${error instanceof Error ? error.message : String(error)}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  };
  const all = Array.from({ length: count }, (_, reader) => read(reader));
  return {
    reads: () => reads,
    findings,
    stop: async () => {
      running = false;
      await Promise.all(all);
    },
  };
}

function words({ rows, events, position }: { rows: number; events: bigint; position: bigint }): string {
  return `${rows} rows of ${events} events up to position ${position}`;
}

import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import { NotFound, TidemarkError } from "@/lib/kernel/errors";
import { observeUntil } from "@/lib/operations/observe-until";
import type { Audit, OperationContext } from "@/lib/operations/operation";

/** What became of a switch: `observed` when every worker that holds a partition has looked since. */
export type Switched = {
  readonly name: string;
  readonly state: "running" | "paused";
  readonly changedAt: string;
  readonly observed: boolean;
  /** Workers that hold partitions of it. */
  readonly workers: readonly string[];
};

/** The fields of a switch: which consumer. */
export const switchInput = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(200)
    .regex(/^[^\0\p{Cs}]*$/u, "must not contain NUL or broken Unicode"),
});

/** A switch that was made and audited; whether anybody has seen it is asked next. */
export type SwitchMade = { readonly name: string; readonly state: "running" | "paused"; readonly at: string };

/** What is switched, and in which words. */
export type SwitchOrder = {
  readonly kind: "projection" | "process";
  readonly state: "running" | "paused";
  readonly name: string;
  readonly reason: string | undefined;
};

type Row = { readonly mode: "async" | "inline"; readonly state_at: string };

/** Switching to the state it has is an act all the same: who asked and why is written anew. Throws `NotFound`. */
export async function switchConsumer(
  { pool, principal }: OperationContext,
  { kind, state, name, reason }: SwitchOrder,
  audit: Audit,
): Promise<SwitchMade> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<Row>(
      `update consumers set state = $2, state_reason = $3, state_by = $4, state_at = clock_timestamp()
        where name = $1 and kind = $5 returning mode, state_at`,
      [name, state, reason ?? null, principal.id, kind],
    );
    const [row] = rows;
    if (!row) throw new NotFound(kind, name);
    if (row.mode === "inline") {
      throw new TidemarkError("conflict", `${name} is written by the append itself and cannot be ${state}.`, { name });
    }
    const paused = state === "paused";
    await audit(client, {
      type: `${kind === "process" ? "Process" : "Projection"}${paused ? "Paused" : "Resumed"}`,
      summary: `${paused ? "Paused" : "Resumed"} ${name}${reason ? `: ${reason}` : ""}`,
      facts: { [kind]: name },
    });
    return { name, state, at: row.state_at };
  });
}

const OBSERVE_MS = 5_000;

/**
 * A worker beats and looks at the switches in one loop, one after the other: two beats since the change mean that it has
 * looked in between. Without a worker nobody observes; a pause is then in effect, and a resume waits for one.
 */
export async function observeSwitch(
  { pool, signal }: OperationContext,
  { name, state, at }: SwitchMade,
): Promise<Switched> {
  const beats = new Map<string, Set<string>>();
  const look = async (): Promise<readonly string[]> => {
    const { rows } = await pool.query<{ id: string; beat: string | null }>(
      `select distinct p.owner as id, case when w.seen_at > $2::timestamptz then w.seen_at::text end as beat
         from consumer_partitions p join workers w on w.id = p.owner
        where p.consumer = $1 and p.lease_expires_at > clock_timestamp()`,
      [name, at],
    );
    for (const { id, beat } of rows) {
      const seen = beats.get(id) ?? new Set();
      beats.set(id, seen);
      if (beat !== null) seen.add(beat);
    }
    return rows.map(({ id }) => id).sort();
  };
  const seen = (workers: readonly string[]) => workers.every((id) => (beats.get(id)?.size ?? 0) >= 2);
  const { found: workers, observed: all } = await observeUntil({ look, seen, patienceMs: OBSERVE_MS, signal });
  return { name, state, changedAt: at, observed: all && (workers.length > 0 || state === "paused"), workers };
}

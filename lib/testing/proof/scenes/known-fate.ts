import type pg from "pg";
import { isConnectionLoss } from "@/lib/db/unavailable";
import type { EventStore } from "@/lib/event-store/store";
import { TidemarkError } from "@/lib/kernel/errors";
import { eventually } from "@/lib/testing/eventually";
import type { openJournal } from "@/lib/testing/proof/journal";
import { appendFrom, now, type PlannedWrite } from "@/lib/testing/proof/workload";

/** An append in a transaction of the caller's own. `pool` may be cut, `direct` never is. */
type KnownSend = {
  readonly append: number;
  readonly planned: readonly PlannedWrite[];
  readonly pool: pg.Pool;
  readonly direct: pg.Pool;
  readonly store: EventStore;
  readonly journal: ReturnType<typeof openJournal>;
};

/**
 * Appends in a transaction of its own until there is an answer. When a commit was cut, asks the server what became of that
 * transaction, and sends the append again. Returns, in words, an answer that contradicts what the server said.
 */
export async function sendKnowing(send: KnownSend): Promise<string | undefined> {
  const { append, planned, journal, direct } = send;
  let stored = false;
  for (;;) {
    const at = now();
    journal.sent(append, planned, at);
    const tried = await tryOnce(send);
    if (tried.kind === "answered") {
      journal.ended(append, true, at, now(), tried.results);
      const replayed = tried.results.every((result) => result.replayed);
      if (replayed === stored) return undefined;
      return `append ${append} was answered as ${replayed ? "" : "not "}stored before, and the server said otherwise`;
    }
    journal.ended(append, tried.kind === "refused" ? false : null, at, now());
    if (tried.kind === "refused") {
      return stored ? `append ${append} was refused after the server said that it was stored` : undefined;
    }
    stored ||= tried.xid !== undefined && (await outcomeOf(direct, tried.xid)) === "committed";
  }
}

async function tryOnce({ append, planned, pool, store }: KnownSend) {
  let xid: string | undefined;
  const client = await pool.connect().catch(() => undefined);
  if (!client) return { kind: "lost", xid } as const;
  try {
    await client.query("begin");
    const results = await store.appendIn(client, appendFrom(append, planned));
    const { rows } = await client.query<{ xid: string | null }>("select pg_current_xact_id_if_assigned()::text as xid");
    xid = rows[0]?.xid ?? undefined;
    await client.query("commit");
    client.release();
    return { kind: "answered", results } as const;
  } catch (error) {
    client.release(true);
    if (error instanceof TidemarkError && error.code === "version-conflict") return { kind: "refused" } as const;
    if (isConnectionLoss(error) || (error instanceof TidemarkError && error.code === "unavailable")) {
      return { kind: "lost", xid } as const;
    }
    throw error;
  }
}

/** What became of a transaction, once it has ended. */
async function outcomeOf(direct: pg.Pool, xid: string): Promise<string> {
  return await eventually(
    async () => {
      const { rows } = await direct.query<{ status: string }>("select pg_xact_status($1::text::xid8) as status", [xid]);
      const status = rows[0]?.status ?? "unknown";
      return status === "in progress" ? undefined : status;
    },
    { deadlineMs: 60_000, what: `transaction ${xid} to end` },
  );
}

import type pg from "pg";
import type { HandledCommand } from "@/lib/commands/handled-command";
import type { Logger } from "@/lib/telemetry/logger";

/** Where commands are told to that were handled, and how to stop; what is not written by then is. */
type CommandLog = { readonly record: (handled: HandledCommand) => void; readonly stop: () => Promise<void> };

const WRITE_EVERY_MS = 500;
const ROWS_AT_ONCE = 500;
/** Of what waits to be written. Accepted ones make way first: their events tell of them anyway. */
const WAITING_MAX = 4_000;
const ACCEPTED_MAX = 1_000;

type Waiting = HandledCommand & { readonly asked: number; readonly at: number };

/**
 * Writes down what became of this process's commands every half second, beside the work: an answer never waits for it, and
 * a crash costs the last of it. What the database does not take in time is dropped, and the log file says how much.
 */
export function keepCommandLog(pool: pg.Pool, log: Logger): CommandLog {
  const waiting = new Map<string, Waiting>();
  let accepted = 0;
  let dropped = 0;
  let writing: Promise<void> | undefined;

  const record = (handled: HandledCommand) => {
    const full = waiting.size >= WAITING_MAX || (handled.outcome === "accepted" && accepted >= ACCEPTED_MAX);
    if (full) {
      dropped += 1;
      return;
    }
    const before = waiting.get(handled.id);
    waiting.set(handled.id, { ...handled, asked: (before?.asked ?? 0) + 1, at: performance.now() });
    if (handled.outcome === "accepted") accepted += 1;
  };

  const write = async () => {
    while (waiting.size > 0) {
      const rows = [...waiting.values()].slice(0, ROWS_AT_ONCE);
      try {
        await writeRows(pool, rows);
      } catch (error) {
        log.debug({ err: error, waiting: waiting.size }, "the log of commands is not written");
        return;
      }
      for (const row of rows) {
        // It may have been sent again meanwhile; then that is told of with the next.
        if (waiting.get(row.id) !== row) continue;
        waiting.delete(row.id);
        if (row.outcome === "accepted") accepted = Math.max(0, accepted - 1);
      }
    }
    if (dropped > 0) log.warn({ dropped }, "more commands were handled than their log takes");
    dropped = 0;
  };
  const once = () => {
    writing ??= write().finally(() => {
      writing = undefined;
    });
    return writing;
  };
  const timer = setInterval(once, WRITE_EVERY_MS);
  timer.unref();
  return {
    record,
    stop: async () => {
      clearInterval(timer);
      await writing;
      await write();
    },
  };
}

async function writeRows(pool: pg.Pool, rows: readonly Waiting[]): Promise<void> {
  const now = performance.now();
  const values = rows.map(({ at, ms, ...row }) => ({ ...row, ago: now - at, us: Math.round(ms * 1_000) }));
  await pool.query({
    name: "write_command_log",
    text: `insert into command_log as l (id, handled_at, category, command, stream, actor, tenant, correlation_id, causation_id,
             outcome, code, attempts, asked, duration_us, version, written)
           select c.id, clock_timestamp() - c.ago * interval '1 millisecond', c.category, c.command, c.stream, c.actor, c.tenant,
                  c."correlationId", c."causationId", c.outcome, c.code, c.attempts, c.asked, c.us, c.version, c.written
             from json_to_recordset($1::json) as c(id uuid, ago float8, category text, command text, stream text, actor text,
               tenant text, "correlationId" text, "causationId" text, outcome text, code text, attempts integer, asked integer,
               us bigint, version bigint, written json)
           on conflict (id) do update set handled_at = excluded.handled_at, outcome = excluded.outcome, code = excluded.code,
             attempts = excluded.attempts, asked = l.asked + excluded.asked, duration_us = excluded.duration_us,
             version = excluded.version, written = excluded.written`,
    values: [JSON.stringify(values)],
  });
}

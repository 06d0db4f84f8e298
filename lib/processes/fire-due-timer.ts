import type pg from "pg";
import type { Catalog } from "@/lib/catalog/catalog";
import type { Process } from "@/lib/define-process";
import { failpoint } from "@/lib/kernel/failpoint";
import { advance } from "@/lib/processes/advance";
import type { Instance } from "@/lib/processes/instances";
import { attributes } from "@/lib/telemetry/attributes";
import { instruments } from "@/lib/telemetry/instruments";
import { currentTraceparent, withSpan } from "@/lib/telemetry/tracer";

type DueTimer = {
  readonly id: string;
  readonly name: string;
  readonly now: string;
  readonly correlation_id: string;
  readonly causation_id: string;
  readonly traceparent: string | null;
  readonly late_ms: number;
};

/**
 * Fires the earliest timer of an instance whose time has come by the database's clock, in the transaction that holds the
 * instance's row: that it has fired and what follows are stored together. False: there is none. Throws `ReactionFailed`.
 */
export async function fireDueTimer(
  client: pg.PoolClient,
  process: Process,
  instance: Instance,
  catalog: Catalog,
): Promise<boolean> {
  const { rows } = await client.query<DueTimer>({
    name: "fire_due_timer",
    text: `update process_timers set state = 'fired', settled_at = clock_timestamp()
            where id = (select id from process_timers
                         where process = $1 and instance = $2 and state = 'waiting' and next_attempt_at <= clock_timestamp()
                         order by next_attempt_at limit 1)
           returning id, name, clock_timestamp() as now, correlation_id, causation_id, traceparent,
                     (extract(epoch from clock_timestamp() - due_at) * 1000)::float8 as late_ms`,
    values: [process.name, instance.instance],
  });
  const [timer] = rows;
  if (!timer) return false;
  failpoint("process.after-fire");
  const { id, name, now: at, correlation_id: correlationId, causation_id: cause } = timer;
  const about = {
    [attributes.process]: process.name,
    [attributes.timer]: name,
    [attributes.late]: Math.round(timer.late_ms),
    [attributes.correlationId]: correlationId,
  };
  await withSpan("timer", { kind: "CONSUMER", parent: timer.traceparent, attributes: about }, () => {
    const traceparent = currentTraceparent() ?? timer.traceparent;
    const input = { kind: "timer", id, name, position: null, at, correlationId, cause, traceparent } as const;
    return advance(client, process, catalog, [{ instance, input }]);
  });
  instruments().timersFired.add(1, { [attributes.process]: process.name, [attributes.timer]: name });
  return true;
}

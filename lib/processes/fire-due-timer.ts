import type pg from "pg";
import type { Catalog } from "@/lib/catalog/catalog";
import type { Process } from "@/lib/define-process";
import { failpoint } from "@/lib/kernel/failpoint";
import { advance } from "@/lib/processes/advance";
import type { Instance } from "@/lib/processes/instances";

type DueTimer = {
  readonly id: string;
  readonly name: string;
  readonly now: string;
  readonly correlation_id: string;
  readonly causation_id: string;
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
           returning id, name, clock_timestamp() as now, correlation_id, causation_id`,
    values: [process.name, instance.instance],
  });
  const [timer] = rows;
  if (!timer) return false;
  failpoint("process.after-fire");
  const { id, name, now: at, correlation_id: correlationId, causation_id: cause } = timer;
  const input = { kind: "timer", id, name, position: null, at, correlationId, cause } as const;
  await advance(client, process, catalog, [{ instance, input }]);
  return true;
}

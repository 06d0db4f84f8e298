import type pg from "pg";
import type { Catalog } from "@/lib/catalog/catalog";
import { decodeEvents } from "@/lib/catalog/decode-known";
import type { HandlerProjection, ReadModelTransaction } from "@/lib/define";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { failpoint } from "@/lib/kernel/failpoint";
import { type Applier, EventFailed } from "@/lib/subscriptions/consumer";

/** Applies a handler projection: each event in order, in the transaction that moves the checkpoint. */
export function createHandlerApplier(projection: HandlerProjection, table: string, catalog: Catalog): Applier {
  return {
    forget: () => undefined,
    prepare: async (events) => {
      // Before the transaction: nothing waits for the key store with locks in its hands.
      await catalog.bringKeys(events);
      return { kind: "transaction", run: (client) => runHandlers(projection, table, catalog, client, events) };
    },
  };
}

/** Runs the handlers of `events` on `client`. Throws `EventFailed` at the first that fails; nothing after it is tried. */
export async function runHandlers(
  projection: HandlerProjection,
  table: string,
  catalog: Catalog,
  client: pg.PoolClient,
  events: readonly RecordedEvent[],
): Promise<void> {
  const transaction: ReadModelTransaction = {
    table,
    async query<Row>(sql: string, values: readonly unknown[] = []) {
      const { rows } = await client.query({ text: sql, values: [...values] });
      return rows as readonly Row[];
    },
  };
  await catalog.bringKeys(events);
  for (const [index, event] of events.entries()) {
    try {
      for (const decoded of decodeEvents(catalog, event)) await projection.on[decoded.type]?.(transaction, decoded);
      failpoint("worker.mid-batch");
    } catch (error) {
      throw new EventFailed(index, event, error);
    }
  }
}

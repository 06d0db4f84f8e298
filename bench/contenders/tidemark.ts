import { openPool } from "@/lib/db/pool";
import { createEventStore } from "@/lib/event-store/store";
import { dataText, metadataText, Streams } from "../event";
import type { Appender } from "./appender";

/** Tidemark as an application uses it: the store's own pool, exact expected versions, an idempotency key a call. */
export async function tidemarkAppender(url: string): Promise<Appender> {
  const pool = openPool({ url, applicationName: "bench" });
  const store = createEventStore({ pool });
  const streams = new Streams(() => "order");
  let calls = 0;
  return {
    name: "Tidemark",
    append: async (caller, events) => {
      const { stream, version } = streams.next(caller);
      const event = { type: "OrderPlaced", schemaVersion: 1, data: dataText, metadata: metadataText };
      calls += 1;
      await store.append({
        writes: [
          {
            stream,
            expectedVersion: version === 0 ? "none" : version,
            events: Array.from({ length: events }, () => event),
          },
        ],
        idempotencyKey: `bench-${calls}`,
        actor: "bench",
      });
      streams.grown(stream, events);
    },
    close: () => pool.end(),
  };
}

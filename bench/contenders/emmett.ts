import { getPostgreSQLEventStore } from "@event-driven-io/emmett-postgresql";
import { data, metadata, Streams } from "../event";
import { plainPool } from "../plain-pool";
import type { Appender } from "./appender";

/** Emmett's store with a pool as large as the number of callers, its schema made. */
export async function emmettStore(url: string, connections: number) {
  const pool = plainPool(url, connections);
  const store = getPostgreSQLEventStore(url, { connectionOptions: { pooled: true, pool } });
  await store.schema.migrate();
  const close = async () => {
    await store.close();
    await pool.end().catch(() => undefined);
  };
  return { store, close };
}

/** Emmett from its npm package with exact expected versions. */
export async function emmettAppender(url: string, callers: number): Promise<Appender> {
  const { store, close } = await emmettStore(url, callers);
  const streams = new Streams(() => "order");
  return {
    name: "Emmett 0.42.0",
    append: async (caller, events) => {
      const { stream, version } = streams.next(caller);
      const batch = Array.from({ length: events }, () => ({ type: "OrderPlaced", data, metadata }));
      const expected = version === 0 ? "STREAM_DOES_NOT_EXIST" : BigInt(version);
      await store.appendToStream(stream, batch, { expectedStreamVersion: expected });
      streams.grown(stream, events);
    },
    close,
  };
}

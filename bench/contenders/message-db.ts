import { randomUUID } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import pg from "pg";
import { dataText, metadataText, Streams } from "../event";
import { plainPool } from "../plain-pool";
import type { Appender } from "./appender";

// The order of its own install.sh, which needs psql; the files are plain SQL.
const PARTS = [
  "schema/message-store.sql",
  "extensions/pgcrypto.sql",
  "tables/messages.sql",
  "types/message.sql",
  ...[
    "message-store-version",
    "hash-64",
    "acquire-lock",
    "category",
    "is-category",
    "id",
    "cardinal-id",
    "stream-version",
  ].map((name) => `functions/${name}.sql`),
  ...["write-message", "get-stream-messages", "get-category-messages", "get-last-stream-message"].map(
    (name) => `functions/${name}.sql`,
  ),
  ...["messages-id", "messages-stream", "messages-category"].map((name) => `indexes/${name}.sql`),
];

/** Installs message-db's SQL from its npm package into an empty database, owned by whoever connects. */
async function installMessageDb(url: string): Promise<void> {
  const folder = path.join(path.dirname(require.resolve("@eventide/message-db/package.json")), "database");
  const client = new pg.Client({ connectionString: url, options: "-c client_min_messages=warning" });
  await client.connect();
  try {
    await client.query(fs.readFileSync(path.join(folder, "roles/message-store.sql"), "utf8"));
    for (const part of PARTS) {
      await client.query("set search_path = message_store, public");
      await client.query(fs.readFileSync(path.join(folder, part), "utf8"));
    }
  } finally {
    await client.end();
  }
}

/**
 * message-db through prepared calls of `write_message`. It locks a category a write, so each caller has a category of
 * its own, which is its best case; several events are one transaction of several calls, as its clients do it.
 */
export async function messageDbAppender(url: string, callers: number): Promise<Appender> {
  await installMessageDb(url);
  const pool = plainPool(url, callers, "-c search_path=message_store,public");
  const streams = new Streams((caller) => `order${caller}`);
  const write = (client: pg.Pool | pg.PoolClient, stream: string, expected: number) =>
    client.query({
      name: "write",
      text: "select message_store.write_message($1, $2, $3, $4, $5, $6)",
      values: [randomUUID(), stream, "OrderPlaced", dataText, metadataText, expected],
    });
  return {
    name: "message-db 1.3.1, a category a caller",
    append: async (caller, events) => {
      // Its first message has position 0, and -1 says that there is none.
      const { stream, version } = streams.next(caller);
      if (events === 1) await write(pool, stream, version - 1);
      else {
        const client = await pool.connect();
        try {
          await client.query("begin");
          for (let i = 0; i < events; i++) await write(client, stream, version - 1 + i);
          await client.query("commit");
        } finally {
          client.release();
        }
      }
      streams.grown(stream, events);
    },
    close: () => pool.end(),
  };
}

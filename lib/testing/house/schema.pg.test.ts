import path from "node:path";
import pg from "pg";
import { expect, test } from "vitest";
import { createTestDatabase } from "@/lib/testing/database";
import { createTestKeyStore } from "@/lib/testing/key-store";
import { describeSchema } from "./schema";
import { root } from "./source-files";

test("the migrated schema of the key database is the one that was reviewed (renew drizzle/keys/schema.golden.sql with -u)", async () => {
  const database = await createTestDatabase();
  const keys = await createTestKeyStore(database);
  const client = new pg.Client({ connectionString: keys.url });
  await client.connect();
  try {
    await client.query("set search_path = pg_catalog");
    const text = await describeSchema(client, ["tidemark_keys"]);
    expect(text).toContain("tidemark_keys.subject_keys");
    await expect(text).toMatchFileSnapshot(path.join(root, "drizzle/keys/schema.golden.sql"));
  } finally {
    await client.end();
    await keys.close();
    await database.close();
  }
});

test("the migrated schema is the one that was reviewed (renew drizzle/schema.golden.sql with -u)", async () => {
  const database = await createTestDatabase();
  const client = await database.owner.connect();
  try {
    // Names then print with their schema, whatever the connection's path is.
    await client.query("set search_path = pg_catalog");
    const text = await describeSchema(client, ["tidemark", "tidemark_read"]);
    expect(text).toContain("tidemark.events");
    await expect(text).toMatchFileSnapshot(path.join(root, "drizzle/schema.golden.sql"));
  } finally {
    client.release(true);
    await database.close();
  }
});

import { createCatalog } from "@/lib/catalog/catalog";
import { migrate } from "@/lib/db/migrate";
import { indexStreamNames } from "@/lib/db/name-index";
import { checkServer, openPool } from "@/lib/db/pool";
import { modules } from "@/lib/domain";
import { type KeyPreparation, prepareKeys } from "@/lib/keys/prepare-keys";
import { registerProcesses } from "@/lib/processes/register-processes";
import { registerProjections } from "@/lib/projections/register-projections";
import { openKeys } from "@/lib/runtime/open-keys";
import { decideSealing } from "@/lib/runtime/sealing-choice";

/**
 * Makes a database ready for this version of the code: refuses servers on which the store's promises would not hold,
 * migrates under a lock, and registers projections and processes. With `nameIndex` it makes the index on parts of stream names,
 * where the server has trigrams; with `keys` it binds the store to its key store and settles whether new events are sealed, which
 * is the answer; null where there is no key store. Safe to run again and from several processes at once.
 */
export async function prepareStore({
  url,
  schema,
  nameIndex = false,
  keys,
  sealing,
}: {
  url: string;
  schema: string;
  nameIndex?: boolean;
  keys?: Omit<KeyPreparation, "events">;
  sealing?: boolean | undefined;
}): Promise<boolean | null> {
  const owner = openPool({ url, schema, role: null, max: 1, applicationName: "tidemark-prepare" });
  try {
    await checkServer(owner);
  } finally {
    await owner.end();
  }
  await migrate({ url, schema });
  if (nameIndex) await indexStreamNames({ url, schema });
  if (keys) await prepareKeys({ ...keys, events: { url, schema } });
  const seals = keys?.url === undefined ? null : await decideSealing({ url, schema }, sealing);
  const pool = openPool({ url, schema, max: 2, applicationName: "tidemark-prepare" });
  // A new inline projection is filled from events that may be sealed.
  const opened = keys?.url === undefined ? null : openKeys({ ...keys, url: keys.url }, "tidemark-prepare-keys", pool);
  try {
    const catalog = createCatalog(modules, [], opened);
    await registerProjections(pool, catalog.projections, catalog);
    await registerProcesses(pool, catalog.processes, catalog);
  } finally {
    await opened?.close();
    await pool.end();
  }
  return seals;
}

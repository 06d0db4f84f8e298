import { createCatalog } from "@/lib/catalog/catalog";
import { migrate } from "@/lib/db/migrate";
import { indexStreamNames } from "@/lib/db/name-index";
import { checkServer, openPool } from "@/lib/db/pool";
import { modules } from "@/lib/domain";
import { registerProcesses } from "@/lib/processes/register-processes";
import { registerProjections } from "@/lib/projections/register-projections";

/**
 * Makes a database ready for this version of the code: refuses servers on which the store's promises would not hold,
 * migrates under a lock, and registers projections and processes. With `nameIndex` it makes the index on parts of stream names,
 * where the server has trigrams. Safe to run again and from several processes at once.
 */
export async function prepareStore({
  url,
  schema,
  nameIndex = false,
}: {
  url: string;
  schema: string;
  nameIndex?: boolean;
}): Promise<void> {
  const owner = openPool({ url, schema, role: null, max: 1, applicationName: "tidemark-prepare" });
  try {
    await checkServer(owner);
  } finally {
    await owner.end();
  }
  await migrate({ url, schema });
  if (nameIndex) await indexStreamNames({ url, schema });
  const pool = openPool({ url, schema, max: 2, applicationName: "tidemark-prepare" });
  try {
    const catalog = createCatalog(modules);
    await registerProjections(pool, catalog.projections, catalog);
    await registerProcesses(pool, catalog.processes, catalog);
  } finally {
    await pool.end();
  }
}

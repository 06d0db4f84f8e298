import { openPool } from "@/lib/db/pool";

/** Switches the demo's traffic on at the first start. Later starts leave it as the operator left it. */
export async function startDemoTraffic(url: string, schema: string): Promise<void> {
  const pool = openPool({ url, schema, max: 1, applicationName: "tidemark-supervisor" });
  try {
    await pool.query(
      `update traffic set state = 'running', changed_by = 'demo', changed_at = clock_timestamp()
        where changed_by is null and state = 'stopped'`,
    );
  } finally {
    await pool.end();
  }
}

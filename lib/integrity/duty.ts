import type pg from "pg";

/** The duty of building the Merkle log and signing it: one process at a time has it. */
export const MERKLE_DUTY = "merkle-log";

/**
 * Whether `owner` has the duty, and locks its row: nobody else can take it before the caller's transaction ends. The name of an
 * owner is that of one process, so it fences as the epoch does.
 */
export async function holdsDuty(client: pg.PoolClient, owner: string): Promise<boolean> {
  const { rowCount } = await client.query({
    name: "merkle_duty",
    text: `select from duties where name = $1 and owner = $2 and lease_expires_at > clock_timestamp() for no key update`,
    values: [MERKLE_DUTY, owner],
  });
  return rowCount === 1;
}

import type pg from "pg";
import { NotFound } from "@/lib/kernel/errors";

/** Throws `NotFound` for a stream that has no event, so that a slip of the pen is not answered with success. */
export async function checkStreamKnown(client: pg.PoolClient, stream: string): Promise<void> {
  const { rowCount } = await client.query("select from streams where stream = $1 and version > 0", [stream]);
  if (rowCount === 0) throw new NotFound("stream", stream);
}

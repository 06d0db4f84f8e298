import type { QueryContext } from "@/lib/queries/query-context";
import { type CoolingOff, NO_COOLING_OFF, SELECT_COOLING_OFF } from "@/lib/shred/cooling-off";

/** For how long every request to forget a person can at least be withdrawn after its approval. */
export async function coolingOff({ reads }: Pick<QueryContext, "reads">): Promise<CoolingOff> {
  const [row] = await reads.query<CoolingOff>(SELECT_COOLING_OFF);
  return row ?? NO_COOLING_OFF;
}

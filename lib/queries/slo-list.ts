import { type SloStatus, sloStatus } from "@/lib/alerts/slo-status";
import { NotFound } from "@/lib/kernel/errors";
import { checkText } from "@/lib/queries/check-input";
import type { QueryContext } from "@/lib/queries/query-context";

export type { SloStatus } from "@/lib/alerts/slo-status";

/** What was promised of every consumer and how it is kept, the least left of the budget first. */
export async function sloList({ reads }: Pick<QueryContext, "reads">): Promise<readonly SloStatus[]> {
  const found = await sloStatus(reads);
  return found.sort((a, b) => share(a) - share(b) || a.consumer.localeCompare(b.consumer));
}

/** The promise of one consumer. Throws `NotFound`; those that are written by the append have none. */
export async function sloOf({ reads }: Pick<QueryContext, "reads">, consumer: string): Promise<SloStatus> {
  const [found] = await sloStatus(reads, checkText(consumer, "consumer"));
  if (!found) throw new NotFound("service level objective", consumer);
  return found;
}

function share({ budget }: SloStatus): number {
  return budget.leftMs / budget.allowedMs;
}

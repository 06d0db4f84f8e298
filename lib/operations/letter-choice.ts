import type pg from "pg";
import { z } from "zod";
import { InvalidRequest, NotFound } from "@/lib/kernel/errors";

const id = z.string().regex(/^(DL-)?\d{1,18}$/i, "must be the id of a dead letter, as 31 or DL-31");

/** Which letters an operation is about: some by their ids, or all of a group. */
export const letterChoice = {
  ids: z
    .array(id.transform((text) => text.replace(/^DL-/i, "")))
    .min(1)
    .max(500)
    .optional()
    .describe("Dead letters by id; within the group when one is named"),
  group: z
    .string()
    .regex(/^[0-9a-f]{12}$/, "must be the name of a group: 12 hex digits")
    .optional(),
};

/** What the audit is searched by. */
export function targetOf({
  ids,
  group,
}: {
  readonly ids?: readonly string[] | undefined;
  readonly group?: string | undefined;
}): string {
  if (group !== undefined) return `dead letters ${group}`;
  return ids?.length === 1 ? `DL-${ids[0]}` : `dead letters ${ids?.slice(0, 20).join(", ")}`;
}

/** The consumer of a group that has open letters. Throws `NotFound`, `InvalidRequest`. */
export async function consumerOfGroup(client: pg.PoolClient, group: string): Promise<string> {
  const name = letterChoice.group.safeParse(group);
  if (!name.success) throw new InvalidRequest("group must be the name of a group: 12 hex digits.");
  const { rows } = await client.query<{ consumer: string }>(
    "select consumer from dead_letters where fingerprint = $1 and closed_at is null order by id limit 1",
    [group],
  );
  const [row] = rows;
  if (!row) throw new NotFound("group of open dead letters", group);
  return row.consumer;
}

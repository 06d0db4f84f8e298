import { z } from "zod";

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

import { z } from "zod";
import { type ImportResult, importBatch } from "@/lib/import/import-batch";
import { categoryOf } from "@/lib/kernel/stream-name";
import { operation } from "@/lib/operations/operation";
import { AUDIT_STREAM } from "@/lib/queries/audit-entries";

const input = z.strictObject({
  /** CloudEvents 1.0, one JSON object a line. */
  lines: z.array(z.string()),
  /** Stop at the first line that is refused. */
  strict: z.boolean().optional(),
  tenant: z.string().min(1).max(200).optional(),
});

/** Loads a foreign log at bulk speed; importing the same lines again adds nothing. The events name their own actors. */
export const importEvents = operation({
  name: "import-events",
  role: "operator",
  input,
  audited: false,
  target: () => null,
  act: async ({ pool, inline }, { lines, strict, tenant }): Promise<ImportResult> => {
    const closedCategories = [categoryOf(AUDIT_STREAM)];
    return importBatch({ pool, inline }, lines, { strict, tenant, closedCategories });
  },
  observe: async (_, __, result) => result,
});

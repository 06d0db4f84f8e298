import { z } from "zod";
import { hasRole } from "@/lib/access/principal";
import { inTransaction } from "@/lib/db/in-transaction";
import { exportFormats } from "@/lib/export/export-line";
import { TidemarkError } from "@/lib/kernel/errors";
import { committed, operation } from "@/lib/operations/operation";
import { checkFilter, type EventFilter } from "@/lib/queries/event-filter";
import { readHighWater } from "@/lib/queries/list-events";
import { readRun } from "@/lib/queries/list-runs";
import { createRun } from "@/lib/runs/create-run";
import { runKind } from "@/lib/runs/run";

const text = z.string().min(1).max(512);

/** Which events are exported: what the event log is narrowed to. Times are ISO 8601. */
const exportFilter = z.strictObject({
  type: text.optional(),
  category: text.optional(),
  stream: text.optional(),
  streamPart: text.optional(),
  correlation: text.optional(),
  actor: text.optional(),
  tenant: text.optional(),
  from: z.string().max(40).optional(),
  to: z.string().max(40).optional(),
  data: z.record(z.string().max(500), z.string().max(2_000)).optional(),
});

/** The fields of an export, beside reason and ticket. */
export const exportFields = {
  filter: exportFilter.optional().describe("All of the log when absent"),
  format: z.enum(exportFormats).describe("`jsonl`: CloudEvents that `tidemark import` takes back; `csv`: a table"),
  audit: z
    .boolean()
    .optional()
    .describe(
      "With the events of Tidemark's own audit, as `verify --export` needs them and an import refuses them. When absent: only where the filter names their stream, category or type",
    ),
  reveal: z
    .boolean()
    .optional()
    .describe("Personal fields as they are; needs the role privacy-officer and a reason. Masked otherwise"),
} as const;

/** Begins a run that writes the events of a filter, as of now, into a file. One at a time for each who asks. */
export const beginExport = operation({
  name: "begin-export",
  role: "operator",
  input: z.strictObject(exportFields),
  audited: true,
  target: () => "log",
  act: async (context, { filter = {}, format, audit: audits, reveal = false, reason, ticket }, audit) => {
    const { pool, principal, runKinds } = context;
    if (reveal) checkReveal(principal, reason);
    const narrowed = filter as EventFilter;
    checkFilter(narrowed);
    const withAudit = audits ?? namesStreams(narrowed);
    const upTo = String(await readHighWater(context));
    return inTransaction(pool, async (client) => {
      const masked = !reveal;
      const id = await createRun(client, runKind(runKinds, "export"), {
        ...{ claim: `export:${principal.id}`, input: { filter: narrowed, audit: withAudit, format, masked, upTo } },
        ...{ requestedBy: principal.id, reason, ticket },
      });
      await client.query("insert into exports (run, format, file, masked, up_to) values ($1, $2, $3, $4, $5)", [
        ...[id, format, `export-${id}.${format}`, masked, upTo],
      ]);
      const fields = masked ? "personal fields masked" : "with personal fields";
      await audit(client, {
        type: "ExportBegun",
        summary: `Began to export events up to #${upTo}, ${fields} (run ${id})`,
        facts: { run: String(id), filter: narrowed, audit: withAudit, format, masked, upTo },
      });
      return String(id);
    });
  },
  observe: async (context, _, id) =>
    committed("what was asked for is a run, and is watched there", { run: await readRun(context, id) }),
});

/** Whether the filter itself says which streams or events are meant, those of the audit included. */
function namesStreams({ stream, streamPart, category, type }: EventFilter): boolean {
  return [stream, streamPart, category, type].some((name) => name !== undefined);
}

function checkReveal(principal: Parameters<typeof hasRole>[0], reason: string | undefined): void {
  if (!hasRole(principal, "privacy-officer")) {
    const message = `Personal fields are exported for the role privacy-officer only; ${principal.id} does not have it. Export masked.`;
    throw new TidemarkError("forbidden", message, { needed: "privacy-officer" });
  }
  if (reason === undefined || reason.trim() === "") {
    throw new TidemarkError("invalid-request", "Say why personal fields are exported: give a reason.", {
      issues: [{ path: "reason", message: "is needed with reveal" }],
    });
  }
}

import { z } from "zod";
import { type ImportResult, importBatch } from "@/lib/import/import-batch";
import { settlePart, takePart } from "@/lib/import/import-run";
import { categoryOf } from "@/lib/kernel/stream-name";
import { type OperationContext, operation } from "@/lib/operations/operation";
import { AUDIT_STREAM } from "@/lib/queries/audit-entries";
import type { Fed } from "@/lib/runs/fed-run";

const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** The part of a run that lines are. */
const part = z.strictObject({
  run: z.string().regex(/^[1-9]\d{0,17}$/, "must be the number of a run"),
  epoch: z.string().regex(/^\d{1,18}$/, "must be the epoch that began it"),
  /** Lines of the file before these. */
  after: count,
  /** SHA-256, hex, of all lines up to the end of these, each with a line break. */
  digest: z.string().regex(/^[0-9a-f]{64}$/, "must be a SHA-256 in hex"),
  /** Lines of the whole file, as far as the sender knows. */
  total: count.optional(),
  /** Of these lines, from 1, those that were too long to be sent and are empty here. */
  tooLong: z.array(z.int().min(1)).max(1_000).optional(),
});

const input = z.strictObject({
  /** CloudEvents 1.0, one JSON object a line. */
  lines: z.array(z.string()),
  /** Stop at the first line that is refused. */
  strict: z.boolean().optional(),
  tenant: z.string().min(1).max(200).optional(),
  part: part.optional(),
});

/** What became of the lines; of a run also how it stands now. */
export type Imported = ImportResult & { readonly run?: Fed & { readonly id: string; readonly lines: number } };

/** Loads a foreign log at bulk speed; importing the same lines again adds nothing. The events name their own actors. */
export const importEvents = operation({
  name: "import-events",
  role: "operator",
  input,
  audited: false,
  target: () => null,
  act: async (context, { part, ...given }): Promise<Imported> =>
    part ? importPart(context, part, given) : importLines(context, given),
  observe: async (_, __, result) => result,
});

type Given = Omit<z.output<typeof input>, "part">;

function importLines(
  { pool, inline, sealing }: OperationContext,
  { lines, strict, tenant }: Given,
  underWay?: ReturnType<typeof takePart>,
): Promise<ImportResult> {
  const closedCategories = [categoryOf(AUDIT_STREAM)];
  return importBatch({ pool, inline, sealing }, lines, { strict, tenant, closedCategories, part: underWay });
}

async function importPart(
  context: OperationContext,
  { run, epoch, after, digest, total, tooLong = [] }: z.output<typeof part>,
  given: Given,
): Promise<Imported> {
  const { strict = false, lines } = given;
  const feed = { id: BigInt(run), epoch: BigInt(epoch) };
  const sent = { feed, after, lines: lines.length, digest, total: total ?? null };
  const result = await importLines(context, given, takePart(context.pool, sent));
  const refused = [...result.refused, ...tooLong.map((line) => ({ line, ...TOO_LONG }))].sort(
    (a, b) => a.line - b.line,
  );
  const blank = lines.length - result.appended - result.duplicates - refused.length;
  const fed = await settlePart(context.pool, sent, { refused: strict ? refused.slice(0, 1) : refused, blank }, strict);
  return { ...result, run: { ...fed, id: run, lines: after + lines.length } };
}

const TOO_LONG = { reason: "too-large", message: "The line is longer than any event may be." };

import type { Readable } from "node:stream";
import type { ReadCheckpoint } from "@/bin/cli/checkpoint-file";
import { CliError } from "@/bin/cli/cli-error";
import { exitCode } from "@/bin/cli/exit-code";
import { openSource } from "@/bin/cli/open-source";
import { readLines } from "@/bin/cli/read-lines";
import { sameBytes } from "@/lib/kernel/bytes-text";
import { type GrowingRoot, noLeaves, rootOf, withLeaf } from "@/lib/kernel/growing-root";
import { membersOf } from "@/lib/kernel/json";
import { leafEntry } from "@/lib/kernel/leaf-entry";
import { leafHashNow } from "@/lib/kernel/merkle-tree";

/** What a file proved. `differs` is the first checkpoint that does not agree, with the last one before it that does. */
export type ExportVerdict = {
  readonly events: number;
  readonly agrees: readonly number[];
  readonly differs: {
    readonly size: number;
    readonly after: number;
    readonly fromPosition: string;
    readonly toPosition: string;
  } | null;
  /** Sizes of checkpoints that speak of more events than the file has. */
  readonly beyond: readonly number[];
  /** Events whose personal fields are masked: they cannot give the leaf they had. */
  readonly masked: number;
  /** Events of Tidemark's own audit. The whole log has some, so a file without any was exported without them. */
  readonly audit: number;
};

/** What `tidemark export` puts in the place of a personal field. */
const MASK = "▒▒▒ personal data, masked";

const AUDIT_STREAM = "operations-audit";

/**
 * Makes the Merkle tree of an exported file (CloudEvents, the whole log from its first event, packed or not) and compares it with
 * checkpoints. Nothing is asked of any server. Throws `CliError` for a line that is no event of an export.
 */
export async function verifyExport(
  file: string,
  stdin: Readable,
  checkpoints: readonly ReadCheckpoint[],
): Promise<ExportVerdict> {
  const bySize = [...checkpoints].sort((a, b) => a.size - b.size);
  const [agrees, positions] = [[] as number[], { agreed: "0", last: "0" }];
  let tree: GrowingRoot = noLeaves;
  let differs: ExportVerdict["differs"] = null;
  let masked = 0;
  let audit = 0;
  let line = 0;
  const source = await openSource(file, stdin);
  for await (const lines of readLines(source.stream)) {
    for (const { text, tooLong } of lines) {
      line += 1;
      if (text === "" && !tooLong) continue;
      const event = eventOf(text, line, file);
      if (BigInt(event.position) <= BigInt(positions.last))
        throw noEvent(file, line, "its position is not above the one before");
      if (event.data.includes(MASK)) masked += 1;
      if (event.stream === AUDIT_STREAM) audit += 1;
      tree = withLeaf(tree, leafHashNow(leafEntry(event)));
      positions.last = event.position;
      for (const { root, size } of bySize) {
        if (size !== tree.size) continue;
        if (sameBytes(rootOf(tree), root)) {
          agrees.push(size);
          positions.agreed = event.position;
        } else {
          differs ??= { size, after: agrees.at(-1) ?? 0, fromPosition: positions.agreed, toPosition: event.position };
        }
      }
    }
  }
  const beyond = bySize.filter(({ size }) => size > tree.size).map(({ size }) => size);
  return { events: tree.size, agrees, differs, beyond, masked, audit };
}

/** The event of a line, its texts byte for byte as they were stored. */
function eventOf(text: string, line: number, file: string) {
  const raw = parsed(text) ? membersOf(text) : undefined;
  if (raw === undefined) throw noEvent(file, line, "it is not a JSON object");
  const value = (name: string): unknown => JSON.parse(raw.get(name) ?? "null");
  const nullable = (name: string) => {
    const found = value(name);
    return typeof found === "string" ? found : null;
  };
  const given = (name: string) => {
    const found = nullable(name);
    if (found === null)
      throw noEvent(file, line, `it has no ${name}; a file of an older version of Tidemark has not, either`);
    return found;
  };
  const number = (name: string) => {
    const found = value(name);
    if (typeof found !== "number")
      throw noEvent(file, line, `it has no ${name}; a file of an older version of Tidemark has not, either`);
    return found;
  };
  const metadata = given("tidemarkmetadata");
  const [shown, carried] = [raw.get("data") ?? "null", nullable("tidemarkdata")];
  if (carried !== null && carried.replace(/[\r\n]+/g, " ") !== shown) {
    throw noEvent(file, line, "its data is not what its tidemarkdata says");
  }
  return {
    ...{ position: given("tidemarkposition"), id: given("id"), version: number("tidemarkversion") },
    ...{ schemaVersion: number("schemaversion"), recordedAt: given("tidemarkrecorded"), occurredAt: given("time") },
    ...{ stream: given("subject"), type: given("type"), correlationId: given("correlationid") },
    ...{ causationId: nullable("causationid"), actor: nullable("actor"), tenant: nullable("tenant") },
    ...{ data: carried ?? shown, metadata: metadata === "null" ? null : metadata },
  };
}

function parsed(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function noEvent(file: string, line: number, why: string): CliError {
  return new CliError(
    exitCode.data,
    `Line ${line} of ${file} is no event of an export: ${why}.`,
    "Give a file of `tidemark export --audit` (jsonl, no filter; with --reveal where fields are personal).",
    { file, line },
  );
}

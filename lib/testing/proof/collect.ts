import type { FoldProjection } from "@/lib/define";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { foldEvent, keyedEvents } from "@/lib/projections/fold-batch";
import { readModelName } from "@/lib/projections/read-model-table";
import type { FoldedRow } from "@/lib/projections/row-cache";
import { AUDIT_STREAM } from "@/lib/queries/audit-entries";
import type { Arena } from "@/lib/testing/proof/arena";
import { checkActs, readSkipped, type Skipped } from "@/lib/testing/proof/check-acts";
import { proofCatalog, proofFolds } from "@/lib/testing/proof/domain";
import type { History, LogEntry } from "@/lib/testing/proof/history/history";
import { checkJobs, jobOperations } from "@/lib/testing/proof/job-operations";
import { readOperations } from "@/lib/testing/proof/journal";
import { isMarked, numberIn } from "@/lib/testing/proof/numbers";

const PAGE = 20_000;

/** Everything that was done to a store and seen of it, and what it holds now that it is at rest. */
export async function collectHistory(arena: Arena): Promise<History> {
  const skipped = await readSkipped(arena.owner);
  const { log, folded } = await readLog(arena, skipped);
  const sent = arena.journals().flatMap(([writer, file]) => readOperations(file, writer));
  const operations = [
    ...sent,
    ...jobOperations(log, sent),
    ...arena.followers.flatMap(({ polls }) => polls),
    ...arena.checkpoints,
  ];
  const { rows } = await arena.owner.query<{ n: bigint; times: number }>(
    "select n, times from tidemark_read.proof_effects",
  );
  const times = new Map(rows.map((row) => [Number(row.n), row.times]));
  const given = new Set(log.flatMap(({ position, event }) => (skipped.has("proof-effects", position) ? [event] : [])));
  return {
    operations,
    log,
    effects: [{ consumer: "proof-effects", handles: isMarked, skipped: given, times }],
    differences: [
      ...(await differencesOf(arena, folded)),
      ...checkJobs(log),
      ...(await checkActs(arena.owner, arena.operator, skipped)),
    ],
  };
}

/** The log page by page, folded on the way with the code that workers fold with. The audit's own events are not clients'. */
async function readLog({ owner }: Arena, skipped: Skipped) {
  const log: LogEntry[] = [];
  const folded = new Map(proofFolds.map((fold) => [fold, new Map<string, FoldedRow>()]));
  for (let after = 0n; ; ) {
    const { rows } = await owner.query<RecordedEvent>(
      `select event_id as id, type, schema_version as "schemaVersion", stream, version::float8 as version, position, slice,
              recorded_at as "recordedAt", occurred_at as "occurredAt", correlation_id as "correlationId",
              causation_id as "causationId", actor, tenant, traceparent, data, null as metadata, null as command
         from events where position > $1 order by position limit ${PAGE}`,
      [after],
    );
    for (const stored of rows) {
      const { position, stream, version, data, type } = stored;
      if (stream === AUDIT_STREAM) continue;
      log.push({ position: Number(position), stream, version, event: numberIn(data) });
      for (const [fold, touched] of folded) {
        if (!fold.evolve[type] || skipped.has(fold.name, Number(position))) continue;
        for (const keyed of keyedEvents(fold, proofCatalog, stored)) foldEvent(fold, keyed, () => NO_ROW, touched);
      }
    }
    const last = rows.at(-1);
    if (rows.length < PAGE || !last) return { log, folded };
    after = last.position;
  }
}

const NO_ROW: FoldedRow = { row: null, version: 0, position: 0n };

async function differencesOf({ owner }: Arena, folded: ReadonlyMap<FoldProjection, ReadonlyMap<string, FoldedRow>>) {
  const differences: string[] = [];
  for (const [projection, expected] of folded) {
    const { rows } = await owner.query<Record<string, unknown>>(
      `select * from tidemark_read.${readModelName(projection.name)}`,
    );
    const found = new Map(rows.map(({ key, ...row }) => [String(key), words(row)]));
    for (const [key, { row, version, position }] of expected) {
      const due = words({ ...row, version, position });
      if (found.get(key) !== due) differences.push(`${projection.name} has ${key} as ${found.get(key)}, not ${due}`);
    }
    if (found.size !== expected.size) {
      differences.push(`${projection.name} has ${found.size} rows, not ${expected.size}`);
    }
  }
  return differences;
}

function words(row: Readonly<Record<string, unknown>>): string {
  return Object.keys(row)
    .sort()
    .map((name) => `${name} ${row[name]}`)
    .join(", ");
}

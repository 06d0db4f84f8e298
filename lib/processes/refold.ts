import type pg from "pg";
import type { Catalog } from "@/lib/catalog/catalog";
import { decodeEvents } from "@/lib/catalog/decode-known";
import type { Process, RejectedCommand } from "@/lib/define-process";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import type { Instance } from "@/lib/processes/instances";
import { eventInput, type ProcessInput, react } from "@/lib/processes/react";

type InputRow = RecordedEvent & {
  readonly input_id: string;
  readonly kind: ProcessInput["kind"];
  readonly name: string;
  readonly at: string;
  readonly input_correlation: string;
  readonly cause: string;
  readonly note: string | null;
};

/**
 * The state of an instance by today's code, folded from everything it has seen. Nothing of what it asked for then is
 * asked for again: only states are taken from the answers.
 */
export async function refold(
  client: pg.PoolClient,
  process: Process,
  catalog: Catalog,
  { instance }: Instance,
): Promise<unknown> {
  const { rows } = await client.query<InputRow>(
    `select n.input_id, n.kind, n.name, n.at, n.correlation_id as input_correlation, n.causation_id as cause, n.note,
            e.event_id as id, e.type, e.schema_version as "schemaVersion", e.stream, e.version::float8 as version, e.position,
            e.slice, e.recorded_at as "recordedAt", e.occurred_at as "occurredAt", e.correlation_id as "correlationId",
            e.causation_id as "causationId", e.actor, e.tenant, e.traceparent, e.data, null as metadata, null as command
       from process_inputs n left join events e on e.position = n.position
      where n.process = $1 and n.instance = $2 order by n.id`,
    [process.name, instance],
  );
  await catalog.bringKeys(rows.filter(({ kind }) => kind === "event"));
  let state: unknown = process.initialState(instance);
  for (const row of rows) {
    const input = inputOf(row, catalog);
    const step = input && react(process, state, instance, input);
    if (step) ({ state } = step);
    if (step?.ended || row.kind === "cancel") break; // What came later is only on record.
  }
  return state;
}

function inputOf(row: InputRow, catalog: Catalog): ProcessInput | undefined {
  const { input_id: id, kind, name, at, cause, note, input_correlation: correlationId } = row;
  const seen = { id, at, correlationId, cause, position: null };
  switch (kind) {
    case "event":
      return decodeEvents(catalog, row)
        .map((event) => eventInput(event))
        .find((input) => input.id === id);
    case "timer":
      return { ...seen, kind, name };
    case "rejection":
      return { ...seen, kind, rejection: JSON.parse(note ?? "null") as RejectedCommand };
    case "cancel":
      return { ...seen, kind, reason: (JSON.parse(note ?? "{}") as { reason?: string }).reason ?? "" };
  }
}

import type pg from "pg";
import { conflictOf, expectedNumber, type Outcome, recordedEvent } from "@/lib/event-store/append-outcome";
import type { PreparedAppend } from "@/lib/event-store/prepare-append";

type Row = {
  readonly outcome: string;
  readonly version: bigint;
  readonly position: bigint;
  readonly slice: number;
  readonly recorded_at: string;
};

/** The function's columns are a record: selected from it, so that it is run once. */
const SQL = `select outcome, version, position, slice, recorded_at
  from append_event($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`;

/**
 * Appends one event to one stream: the commonest append by far, without the arrays that carry many. Never waits; fails on
 * the unique index of event ids when the id is stored. Outside a transaction it commits by itself.
 */
export async function callAppendEvent(client: Pick<pg.PoolClient, "query">, append: PreparedAppend): Promise<Outcome> {
  const { context, writes } = append;
  const [write] = writes;
  const [prepared] = write?.events ?? [];
  if (!write || !prepared) throw new Error("an append without an event was sent");
  const { id, event, correlationId, causationId } = prepared;
  const { rows } = await client.query<Row>({
    name: "append_event",
    text: SQL,
    values: [
      ...[write.stream, expectedNumber(write.expected), id, append.guardId ?? null, event.type, event.schemaVersion],
      event.occurredAt ?? null,
      ...[correlationId, causationId, context.actor ?? null, context.tenant ?? null, context.traceparent ?? null],
      ...[context.command ? JSON.stringify(context.command) : null, event.data, event.metadata ?? null],
    ],
  });
  const [row] = rows;
  if (row?.outcome === "busy" || row?.outcome === "known") return { kind: row.outcome };
  if (row?.outcome === "conflict") return conflictOf(writes, () => Number(row.version));
  if (row?.outcome !== "ok") throw new Error(`append_event answered ${row?.outcome}`);
  const { position, slice, recorded_at: recordedAt } = row;
  const { stream } = write;
  const version = Number(row.version);
  return {
    kind: "ok",
    results: [
      {
        stream,
        fromVersion: version,
        toVersion: version,
        firstPosition: position,
        lastPosition: position,
        recordedAt,
        replayed: false,
      },
    ],
    events: () => [recordedEvent(context, prepared, { stream, version, position, slice, recordedAt })],
  };
}

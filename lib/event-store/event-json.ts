import { jsonObject } from "@/lib/kernel/json";

/** What goes on the wire of an event; `data` and `metadata` are JSON text. */
export type EventOnTheWire = {
  readonly id: string;
  readonly type: string;
  readonly schemaVersion: number;
  readonly stream: string;
  readonly version: number;
  readonly position: bigint | string;
  readonly recordedAt: string;
  readonly occurredAt: string;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly actor: string | null;
  readonly tenant: string | null;
  readonly traceparent: string | null;
  readonly data: string;
  readonly metadata: string | null;
};

/** An event as a JSON object; payload and metadata are the bytes that were stored, line breaks between their tokens included. */
export function eventJson(event: EventOnTheWire): string {
  const { data, metadata, position, ...rest } = event;
  const known = Object.fromEntries(NAMES.map((name) => [name, JSON.stringify(rest[name])]));
  return jsonObject({ ...known, position: `"${position}"`, data, metadata: metadata ?? "null" });
}

const NAMES = [
  "id",
  "type",
  "schemaVersion",
  "stream",
  "version",
  "recordedAt",
  "occurredAt",
  "correlationId",
  "causationId",
  "actor",
  "tenant",
  "traceparent",
] as const;

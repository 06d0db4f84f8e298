import { microseconds } from "@/lib/kernel/time";

/** What the leaf of an event is made of. Times are ISO 8601 with at most microseconds; payloads are the stored text. */
export type LeafFields = {
  readonly position: string | bigint;
  readonly id: string;
  readonly version: number | bigint;
  readonly schemaVersion: number;
  readonly recordedAt: string;
  readonly occurredAt: string;
  readonly stream: string;
  readonly type: string;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly actor: string | null;
  readonly tenant: string | null;
  readonly data: string;
  readonly metadata: string | null;
};

const encoder = new TextEncoder();

/**
 * The bytes of an event that its leaf hash is made over, in format 1: a head line with the numbers and the bytes of each text,
 * then the texts. The leaf is SHA-256 over one zero byte and these, as `leaf_hash` in the database makes it. Times that are
 * none give bytes that no event has.
 */
export function leafEntry(event: LeafFields): Uint8Array<ArrayBuffer> {
  const texts = [
    ...[event.stream, event.type, event.correlationId, event.causationId, event.actor, event.tenant],
    ...[event.data, event.metadata],
  ].map((text) => (text === null ? null : encoder.encode(text)));
  const numbers = [
    ...["1", event.position, event.id, event.version, event.schemaVersion],
    ...[microseconds(event.recordedAt), microseconds(event.occurredAt)],
  ];
  const head = encoder.encode(`${[...numbers, ...texts.map((text) => text?.length ?? "")].join(" ")}\n`);
  const parts = [head, ...texts.filter((text) => text !== null)];
  const entry = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    entry.set(part, at);
    at += part.length;
  }
  return entry;
}

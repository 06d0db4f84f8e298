import type { Catalog } from "@/lib/catalog/catalog";
import type { Accepted } from "@/lib/commands/command";
import type { PreparedCommand } from "@/lib/commands/prepare";
import type { CommandNote, RecordedEvent } from "@/lib/event-store/recorded-event";
import { IdempotencyKeyReused } from "@/lib/kernel/errors";

/** What remembers the events of a key; `scope` is the name of the stream. */
export type KeyMemory = {
  readonly findByIdempotencyKey: (scope: string, key: string) => Promise<readonly RecordedEvent[]>;
};

/**
 * The outcome that this command had when it was first sent, or `undefined` when its key is new. Throws
 * `IdempotencyKeyReused` when the key stands for another command or another input.
 */
export async function findReplay(
  { store, catalog }: { readonly store: KeyMemory; readonly catalog: Catalog },
  command: PreparedCommand,
): Promise<Accepted | undefined> {
  const { stream, idempotency } = command;
  if (!idempotency) return undefined;
  const written = await store.findByIdempotencyKey(stream, idempotency.key);
  // A command over two streams answers with what it recorded in its own.
  const events = written.filter((event) => event.stream === stream);
  const last = events.at(-1);
  if (!last) return undefined;
  const note = last.command === null ? undefined : (JSON.parse(last.command) as CommandNote);
  if (note?.inputDigest !== idempotency.digest) {
    throw new IdempotencyKeyReused({ stream, idempotencyKey: idempotency.key, version: last.version });
  }
  await catalog.bringKeys(events);
  return {
    outcome: "accepted",
    stream,
    version: last.version,
    position: last.position,
    events: events.map((event) => {
      const { id, type, schemaVersion, version } = event;
      return { id, type, schemaVersion, version, data: catalog.payload(event) };
    }),
    replayed: true,
    attempts: note.attempts,
    commandId: note.id,
    correlationId: last.correlationId,
  };
}

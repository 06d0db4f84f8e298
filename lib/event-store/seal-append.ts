import type { PreparedAppend, PreparedEvent } from "@/lib/event-store/prepare-append";
import { TooLarge } from "@/lib/kernel/errors";
import { limits } from "@/lib/kernel/limits";
import type { SealedEvent } from "@/lib/privacy/keys-at-hand";
import type { Sealing } from "@/lib/privacy/sealing";

/** Whether anything of an append may have to be sealed. */
export function isPersonal({ writes }: PreparedAppend, { covers }: Sealing): boolean {
  return writes.some(({ events }) => events.some(({ event }) => covers(event.type)));
}

/**
 * An append as it is to be stored: its personal values sealed, sealed once however often it is then sent. Throws what
 * refuses one of its events, `TooLarge` where sealing makes one so, and `KeyStoreDown`.
 */
export async function sealAppend(append: PreparedAppend, sealing: Sealing): Promise<PreparedAppend> {
  const tenant = append.context.tenant ?? null;
  const plain: SealedEvent[] = [];
  for (const { stream, events } of append.writes) {
    for (const { id, event } of events) plain.push({ id, stream, type: event.type, tenant, data: event.data });
  }
  const sealed = await sealing.seal(plain);
  let place = 0;
  let grown = 0;
  const writes = append.writes.map((write) => ({
    ...write,
    events: write.events.map((prepared): PreparedEvent => {
      const data = sealed[place++];
      if (typeof data !== "string") throw data ?? new Error("an event was not sealed");
      if (data === prepared.event.data) return prepared;
      const bytes = { ...prepared.bytes, data: Buffer.byteLength(data) };
      const whole = bytes.data + bytes.metadata;
      if (whole > limits.eventBytes) throw new TooLarge("A sealed event", limits.eventBytes, whole);
      grown += bytes.data - prepared.bytes.data;
      return { ...prepared, event: { ...prepared.event, data }, plain: prepared.event.data, bytes };
    }),
  }));
  return { ...append, writes, bytes: append.bytes + grown };
}

import type { ImportTarget } from "@/lib/import/import-chunk";
import type { ImportEvent, RefusedLine } from "@/lib/import/import-event";
import { type PreparedLoad, prepareLoad } from "@/lib/import/load-events";
import { PayloadRefused } from "@/lib/kernel/errors";

/**
 * A load with its personal values sealed, and the lines that cannot be. `strict`: it ends before the first of those.
 * Throws `KeyStoreDown`.
 */
export async function sealLoad(
  { sealing }: ImportTarget,
  load: PreparedLoad,
  strict: boolean,
): Promise<{ readonly load: PreparedLoad; readonly refused: readonly RefusedLine[] }> {
  if (!sealing || !load.events.some(({ type }) => sealing.covers(type))) return { load, refused: [] };
  const sealed = await sealing.seal(load.events);
  const events: ImportEvent[] = [];
  const refused: RefusedLine[] = [];
  for (const [index, event] of load.events.entries()) {
    const data = sealed[index];
    if (data === event.data) events.push(event);
    else if (typeof data === "string") {
      const bytes = { ...event.bytes, data: Buffer.byteLength(data) };
      events.push({ ...event, data, plain: event.data, bytes });
    } else if (data) {
      const reason = data instanceof PayloadRefused ? data.reason : data.code;
      refused.push({ line: event.line, reason, message: data.message });
      if (strict) break;
    }
  }
  return { load: prepareLoad(events), refused };
}

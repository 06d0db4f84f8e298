import { streamOfImport } from "@/lib/testing/proof/journal";
import { eventNumber, payloadOf, typeOf } from "@/lib/testing/proof/numbers";

/** The lines of an import whose events are the first ones of `count` appends from `first` on: the same each time. */
export function linesOf(first: number, count: number, stream: string): string[] {
  return Array.from({ length: count }, (_, index) => {
    const event = eventNumber(first + index, 0);
    const facts = { specversion: "1.0", id: `line-${event}`, source: "proof", type: typeOf(first + index) };
    return `${JSON.stringify({ ...facts, subject: streamOfImport(stream, index) }).slice(0, -1)},"data":${payloadOf(event)}}`;
  });
}

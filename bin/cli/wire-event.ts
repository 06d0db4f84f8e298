import { clock } from "@/bin/cli/format";
import type { Output } from "@/bin/cli/output";
import { printable } from "@/bin/cli/printable";

/** An event as the API gives it; of the payload only the raw text is used, which `rawEvents` cuts out. */
export type WireEvent = {
  readonly id: string;
  readonly type: string;
  readonly schemaVersion: number;
  readonly stream: string;
  readonly version: number;
  readonly position: string;
  readonly recordedAt: string;
  readonly correlationId: string;
  readonly actor: string | null;
  readonly tenant: string | null;
};

/** Prints events as rows. */
export function printEvents(out: Output, events: readonly WireEvent[]): void {
  out.table(
    ["POSITION", "RECORDED (UTC)", "TYPE", "STREAM", "VERSION", "ACTOR"],
    events.map((event) => [
      ...[event.position, clock(event.recordedAt), event.type],
      ...[event.stream, event.version, event.actor],
    ]),
    [0, 4],
  );
}

/** One event on one line, for a log that grows: columns are as wide as most names are. */
export function eventLine(event: WireEvent): string {
  const cells = [
    event.position.padStart(9),
    clock(event.recordedAt),
    printable(event.type).padEnd(24),
    `${printable(event.stream)}@${event.version}`,
  ];
  return cells.join("  ");
}

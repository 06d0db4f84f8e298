import type { Outcome } from "@/lib/event-store/append-outcome";
import type { Waiting } from "@/lib/event-store/append-queue";
import type { PreparedAppend } from "@/lib/event-store/prepare-append";
import { instruments } from "@/lib/telemetry/instruments";
import { tallies } from "@/lib/telemetry/tallies";

/** Counts what one call to the database made of its appends. What is locked is answered by a later call and counts there. */
export function countCall(group: readonly Waiting[], outcomes: readonly Outcome[]): void {
  let oldest = Number.POSITIVE_INFINITY;
  for (const [index, { append, since }] of group.entries()) {
    const outcome = outcomes[index];
    if (outcome?.kind === "busy") continue;
    if (since < oldest) oldest = since;
    if (outcome?.kind === "ok") countStored(append);
    else if (outcome?.kind === "conflict") {
      tallies.appends.conflict += 1;
      tallies.conflictIn = outcome.stream;
    }
  }
  if (oldest !== Number.POSITIVE_INFINITY) instruments().appendSeconds.record((performance.now() - oldest) / 1_000);
}

/** Counts an append that was stored, with its events. */
export function countStored({ writes }: PreparedAppend): void {
  tallies.appends.stored += 1;
  for (const { events } of writes) tallies.events += events.length;
}

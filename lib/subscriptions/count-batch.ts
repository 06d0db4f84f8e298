import { attributes, messaging } from "@/lib/telemetry/attributes";
import { instruments } from "@/lib/telemetry/instruments";
import { errorType } from "@/lib/telemetry/tracer";

/** Counts a batch that was committed, with its events and the milliseconds it took. */
export function countBatch(consumer: string, events: number, ms: number): void {
  const about = aboutProcessing(consumer);
  const { processSeconds, consumedMessages } = instruments();
  processSeconds.record(ms / 1_000, about);
  consumedMessages.add(events, about);
}

/** Counts a batch that stopped its partition. */
export function countFault(consumer: string, error: unknown): void {
  instruments().faults.add(1, { [attributes.consumer]: consumer, [attributes.errorType]: errorType(error) });
}

/** Counts what was done with an event that failed. */
export function countLetter(consumer: string, act: "parked" | "retried" | "skipped" | "failed-again"): void {
  instruments().deadLetters.add(1, { [attributes.consumer]: consumer, act });
}

function aboutProcessing(consumer: string) {
  return { ...messaging, [attributes.operation]: "process", [attributes.consumerGroup]: consumer };
}

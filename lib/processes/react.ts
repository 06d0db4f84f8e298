import type { DecodedEvent } from "@/lib/define";
import type { Process, ProcessStep, RejectedCommand } from "@/lib/define-process";
import { derivedId } from "@/lib/kernel/ids";

/** Something that reached an instance. `cause` and `correlationId` are handed on to what it leads to. */
export type ProcessInput = {
  /** The same thing has the same id, however often it comes. */
  readonly id: string;
  readonly position: bigint | null;
  /** ISO 8601 UTC by the database's clock: timers are counted from it. */
  readonly at: string;
  readonly correlationId: string;
  readonly cause: string;
  /** The trace that it belongs to; what it leads to continues that. */
  readonly traceparent?: string | null;
} & (
  | { readonly kind: "event"; readonly event: DecodedEvent }
  | { readonly kind: "timer"; readonly name: string }
  | { readonly kind: "rejection"; readonly rejection: RejectedCommand }
  | { readonly kind: "cancel"; readonly reason: string }
);

/** An event as an input; `traceparent` is the stored event's. */
export function eventInput(event: DecodedEvent, traceparent: string | null = null): ProcessInput {
  const { id, index, position, recordedAt, correlationId } = event;
  // What one stored event is read as shares its id; each of its readings is an input of its own.
  const inputId = index === 0 ? id : derivedId("reading", id, String(index));
  return { kind: "event", id: inputId, event, position, at: recordedAt, correlationId, cause: id, traceparent };
}

/** The name under which an input is told: of the event, the timer or the rejected command. */
export function nameOf(input: ProcessInput): string {
  if (input.kind === "event") return input.event.type;
  if (input.kind === "rejection") return input.rejection.command;
  return input.kind === "timer" ? input.name : "cancel";
}

/** What has to be kept of an input to fold it again, beside the event itself; null: nothing. */
export function noteOf(input: ProcessInput): string | null {
  if (input.kind === "rejection") return JSON.stringify(input.rejection);
  return input.kind === "cancel" ? JSON.stringify({ reason: input.reason }) : null;
}

/** The process's answer; undefined where it has none to this input, which then only is on record. */
export function react(
  process: Process,
  state: unknown,
  instance: string,
  input: ProcessInput,
): ProcessStep<unknown> | undefined {
  switch (input.kind) {
    case "event":
      return own(process.on, input.event.type)?.(state, input.event, instance);
    case "timer":
      return own(process.onTimer, input.name)?.(state, instance);
    case "rejection":
      return own(process.onRejection, input.rejection.command)?.(state, input.rejection, instance);
    case "cancel":
      return process.onCancel?.(state, instance);
  }
}

/** A name from outside may be `constructor`: only what the process declares answers. */
function own<Answer>(answers: Readonly<Record<string, Answer>>, name: string): Answer | undefined {
  return Object.hasOwn(answers, name) ? answers[name] : undefined;
}

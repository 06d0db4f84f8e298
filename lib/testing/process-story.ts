import type { DomainEvent } from "@/lib/define";
import type { Process, ProcessAct, RejectedCommand } from "@/lib/define-process";
import { type ProcessInput, react } from "@/lib/processes/react";

/** A story about one instance: what reaches it, one after the other, and what it did last. */
export type ProcessStory = {
  readonly saw: (...events: readonly (readonly [stream: string, event: DomainEvent])[]) => ProcessStory;
  readonly woke: (timer: string) => ProcessStory;
  readonly heardNo: (rejection: Omit<RejectedCommand, "input" | "message">) => ProcessStory;
  readonly wasCancelled: () => ProcessStory;
  readonly stage: string;
  readonly ended: boolean;
  /** What the last of it led to, as `Command stream` or `timer name`. */
  readonly did: readonly string[];
};

type So = { readonly state: unknown; readonly ended: boolean; readonly acts: readonly ProcessAct[] };

const at = "2026-01-05T10:00:00.000000Z";

/** Tells a story about a process: `processStory(p, "o-1").saw(["order-o-1", OrderPlaced(…)]).did`. */
export function processStory(process: Process, instance: string): ProcessStory {
  const context = { at, correlationId: "story", cause: "story", position: 1n };
  const told = (so: So): ProcessStory => {
    const next = (current: So, input: ProcessInput): So => {
      const step = current.ended ? undefined : react(process, current.state, instance, input);
      return step ?? { ...current, acts: [] };
    };
    const take = (input: ProcessInput) => told(next(so, input));
    return {
      saw: (...events) =>
        told(
          events.reduce((current, [stream, event]) => {
            const place = { stream, id: "0", version: 1, position: 1n, index: 0, recordedAt: at, occurredAt: at };
            const seen = {
              ...event,
              ...place,
              correlationId: "story",
              causationId: null,
              actor: null,
              tenant: null,
              lookupHash: () => null,
            };
            return next(current, { ...context, id: "0", kind: "event", event: seen });
          }, so),
        ),
      woke: (name) => take({ ...context, id: "0", kind: "timer", name }),
      heardNo: (no) => take({ ...context, id: "0", kind: "rejection", rejection: { ...no, input: {}, message: "" } }),
      wasCancelled: () => take({ ...context, id: "0", kind: "cancel", reason: "" }),
      stage: process.stage(so.state),
      ended: so.ended,
      did: so.acts.map(wordsOf),
    };
  };
  return told({ state: process.initialState(instance), ended: false, acts: [] });
}

function wordsOf(act: ProcessAct): string {
  if (act.act === "send") return `${act.command} ${act.category}-${act.id}`;
  return act.act === "set-timer" ? `set ${act.name}` : `cancel ${act.name}`;
}

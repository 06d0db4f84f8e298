import type { Catalog } from "@/lib/catalog/catalog";
import type { Decider } from "@/lib/define";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { TidemarkError } from "@/lib/kernel/errors";

/** Why an event did not take part in a fold. */
export type NotFolded = { readonly reason: "unknown-type" | "unknown-version" };

/** The next state, or why the event could not be understood by this code. */
export type Folded<State> = { readonly state: State } | NotFolded;

/** A decider's `evolve` threw on an event that was decoded well; the facts name the event. */
class FoldFailed extends TidemarkError {
  constructor(event: RecordedEvent, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(
      "internal",
      `The fold of ${event.stream} broke at version ${event.version} (${event.type}): ${reason}. Correct the decider's evolve.`,
      {
        eventId: event.id,
        type: event.type,
        stream: event.stream,
        version: event.version,
        position: String(event.position),
        reason,
      },
      { cause },
    );
  }
}

/**
 * Folds one stored event into a state, all of what it is read as or nothing. Known types that the decider has no use for leave it as it is. Throws
 * `DecodeFailed` when the payload cannot be read and `FoldFailed` when `evolve` throws; both name the event.
 */
export function foldEvent<State>(
  catalog: Catalog,
  decider: Decider<State>,
  state: State,
  stored: RecordedEvent,
): Folded<State> {
  const decoding = catalog.decode(stored);
  if (decoding.status === "failed") throw decoding.error;
  if (decoding.status !== "decoded") return { reason: decoding.status };
  let next = state;
  try {
    for (const event of decoding.events) {
      const evolve = decider.evolve[event.type];
      if (evolve) next = evolve(next, event.data as never, event);
    }
  } catch (error) {
    throw new FoldFailed(stored, error);
  }
  return { state: next };
}

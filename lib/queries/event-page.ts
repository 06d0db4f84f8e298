import type { EventRow, EventWithPayload } from "@/lib/queries/event-row";
import type { ConsumerStep } from "@/lib/queries/processed-by";
import type { QueryContext } from "@/lib/queries/query-context";

/** A node of the causation tree around an event; `depth` counts from the event: causes −1, −2 …, effects 1, 2 … */
export type CausationNode = {
  readonly event: Omit<EventRow, "bytes">;
  readonly depth: number;
  /** The node it hangs under among the effects, or the one it caused among the causes. */
  readonly parentId: string | null;
};

/** One upcast of the payload: JSON text before and after. */
export type UpcastStep = {
  readonly from: number;
  readonly to: number;
  readonly before: string;
  readonly after: string;
};

/** Everything the page of one event shows. */
export type EventPage = {
  readonly event: EventWithPayload;
  /** The command that caused it, as noted with the event; times in milliseconds. */
  readonly command: {
    readonly id: string;
    readonly name: string;
    readonly receivedAt: string;
    readonly loadMs: number;
    readonly decideMs: number;
    readonly attempts: number;
  } | null;
  /** How the code reads it: `current` is the payload at the newest schema version, pretty-printed JSON text. */
  readonly reading:
    | {
        readonly status: "decoded";
        readonly schemaVersion: number;
        readonly current: string;
        readonly steps: readonly UpcastStep[];
      }
    | { readonly status: "unknown-type" | "unknown-version" }
    | {
        readonly status: "failed";
        readonly stage: string;
        readonly message: string;
        readonly steps: readonly UpcastStep[];
      };
  /** Paths of personal fields in the current payload and the path of whose they are. */
  readonly personal: readonly { readonly path: string; readonly subject: string }[];
  /** Nearest cause first; bounded, `moreCauses` when the chain goes on. */
  readonly causes: readonly CausationNode[];
  readonly moreCauses: boolean;
  /** Depth first in log order; bounded. */
  readonly effects: readonly CausationNode[];
  readonly moreEffects: boolean;
  /** One step per consumer that handles this type. */
  readonly processedBy: readonly ConsumerStep[];
  /** Neighbours in the same stream and in the log. */
  readonly neighbours: {
    readonly olderInStream: string | null;
    readonly newerInStream: string | null;
    readonly olderPosition: string | null;
    readonly newerPosition: string | null;
  };
  readonly highWater: string;
};

/** Reads the page of an event by its id (a UUID) or its position. Throws `NotFound`. */
export async function eventPage(
  context: QueryContext,
  which: { readonly id: string } | { readonly position: string },
): Promise<EventPage> {
  throw new Error(`eventPage is being written ${context} ${which}`);
}

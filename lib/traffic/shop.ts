import type { Random } from "@/lib/traffic/random";

/** A command as the traffic sends it. */
type TrafficCommand = {
  readonly category: string;
  readonly id: string;
  readonly command: string;
  readonly input: unknown;
  readonly actor: string;
  readonly correlationId?: string | undefined;
  readonly causationId?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly occurredAt?: string | undefined;
};

/** What the traffic needs to know of a command's outcome. */
type TrafficOutcome = {
  readonly outcome: "accepted" | "rejected";
  readonly correlationId: string;
  readonly attempts: number;
  readonly events?: readonly { readonly id: string }[];
};

/** Events that no command made: what an old till or a scanner writes straight into the log. */
type TrafficAppend = {
  readonly writes: readonly {
    readonly stream: string;
    readonly expectedVersion: "none" | "any";
    readonly events: readonly {
      readonly id?: string;
      readonly type: string;
      readonly schemaVersion: number;
      readonly data: string;
      readonly occurredAt: string | null;
    }[];
  }[];
  readonly correlationId?: string;
  readonly actor: string;
  readonly idempotencyKey: string;
};

/** The doors of a store that the traffic goes through. */
export type Doors = {
  readonly send: (command: TrafficCommand) => Promise<TrafficOutcome>;
  readonly append: (append: TrafficAppend) => Promise<unknown>;
  /** What has happened in a stream so far, as types of events; absent where nobody but the traffic does anything. */
  readonly seen?: (stream: string) => Promise<readonly string[]>;
};

/** What one life in the shop is made of: doors, chance, and a clock that is undefined where things happen as recorded. */
export type Surroundings = Doors & {
  /** No other life has it. */
  readonly name: string;
  readonly random: Random;
  /** ISO 8601 UTC when this life's events are to be dated; undefined: now. */
  readonly at: () => string | undefined;
  /** Asks for a delivery of an article that has run out. */
  readonly reorder: (sku: string) => void;
};

/**
 * Something that goes on for a while. Each step does one thing and yields how many milliseconds pass before the next;
 * who runs it may wait that long, or only move the life's clock.
 */
export type Life = AsyncGenerator<number, void, void>;

/** A series of commands that belong together: one correlation id, each caused by the last event of the one before. */
export type Conversation = {
  /** Sends a command; true when it was accepted. */
  readonly ask: (
    actor: string,
    category: string,
    id: string,
    command: string,
    input: unknown,
    key?: string,
  ) => Promise<boolean>;
};

/** Begins a conversation, or joins the one that an event began; the first command of a new one draws the correlation id. */
export function converse(
  { send, at }: Surroundings,
  joined?: { correlationId: string; eventId: string },
): Conversation {
  let correlation = joined?.correlationId;
  let cause = joined?.eventId;
  return {
    ask: async (actor, category, id, command, input, idempotencyKey) => {
      const outcome = await send({
        category,
        id,
        command,
        input,
        actor,
        correlationId: correlation,
        causationId: cause,
        idempotencyKey,
        occurredAt: at(),
      });
      correlation ??= outcome.correlationId;
      cause = outcome.events?.at(-1)?.id ?? cause;
      return outcome.outcome === "accepted";
    },
  };
}

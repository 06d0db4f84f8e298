/**
 * The words a process between streams or domains is written in: beside `lib/define.ts`, all that a domain's process imports.
 */
import type { AnyEventOf, DecodedEvent, EventOf, EventTypes } from "@/lib/define";

/** What a process may do in answer to something it has seen. */
export type ProcessAct =
  | {
      readonly act: "send";
      readonly category: string;
      readonly id: string;
      readonly command: string;
      readonly input: unknown;
    }
  | { readonly act: "set-timer"; readonly name: string; readonly afterMs: number }
  | { readonly act: "cancel-timer"; readonly name: string };

/** Sends a command to a stream of a category, once, whatever is redelivered or dies meanwhile. */
export function send(category: string, id: string, command: string, input: unknown): ProcessAct {
  return { act: "send", category, id, command, input };
}

/** Wakes the process after a while, counted from what it answers to, by the database's clock. Set again, it starts anew. */
export function setTimer(
  name: string,
  after: { days?: number; hours?: number; minutes?: number; seconds?: number },
): ProcessAct {
  const { days = 0, hours = 0, minutes = 0, seconds = 0 } = after;
  return { act: "set-timer", name, afterMs: (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000 };
}

/** Takes a timer back; where there is none, nothing happens. */
export function cancelTimer(name: string): ProcessAct {
  return { act: "cancel-timer", name };
}

/** The answer of a process to an input: what it is from now on, and what it does. */
export type ProcessStep<State> = {
  readonly state: State;
  readonly acts: readonly ProcessAct[];
  readonly ended: boolean;
};

/** The process goes on in this state, and does these acts in their order. */
export function becomes<State>(
  state: State,
  ...acts: readonly (ProcessAct | readonly ProcessAct[])[]
): ProcessStep<State> {
  return { state, acts: acts.flat(), ended: false };
}

/** The process ends in this state: its acts are still done, its timers are taken back, and nothing reaches it any more. */
export function ends<State>(
  state: State,
  ...acts: readonly (ProcessAct | readonly ProcessAct[])[]
): ProcessStep<State> {
  return { state, acts: acts.flat(), ended: true };
}

/** A command of the process that was answered with a no. */
export type RejectedCommand = {
  readonly category: string;
  readonly id: string;
  readonly command: string;
  readonly input: unknown;
  /** The decision's own code and words. */
  readonly code: string;
  readonly message: string;
};

/**
 * A way on from one stage to another, for the diagram that operators see. `on` names what leads there: an event type,
 * `timer payment`, or `ReserveStock rejected`.
 */
export type ProcessMove = { readonly from: string; readonly to: string; readonly on: readonly string[] };

/**
 * A process manager: it turns what happens into commands, and remembers what it needs for that, one instance a matter.
 * Its answers are pure. Its state is shown to operators and kept for good, so it holds ids and no personal data.
 */
// biome-ignore lint/suspicious/noExplicitAny: a registry holds processes of every state; each one is typed where it is defined.
export type Process<State = any> = {
  readonly name: string;
  /** Raise it when a state is made otherwise: instances are folded anew from what they have seen, and nothing is sent again. */
  readonly version: number;
  readonly description: string;
  readonly events: EventTypes;
  /** How many workers may share it; with more than 1, events of different streams reach an instance in any order. */
  readonly partitions: number;
  readonly sloMs: number;
  /** Which instance an event belongs to; null: none. */
  readonly instance: (event: DecodedEvent) => string | null;
  /** Whether an event begins an instance that is not there yet. Other events of unknown instances pass by. */
  readonly begins: (event: DecodedEvent) => boolean;
  readonly initialState: (instance: string) => State;
  /** Where an instance stands, in a few words: what it waits for, as operators read and count it. */
  readonly stage: (state: State) => string;
  readonly on: Readonly<Record<string, (state: State, event: DecodedEvent, instance: string) => ProcessStep<State>>>;
  readonly onTimer: Readonly<Record<string, (state: State, instance: string) => ProcessStep<State>>>;
  readonly onRejection: Readonly<
    Record<string, (state: State, rejection: RejectedCommand, instance: string) => ProcessStep<State>>
  >;
  /**
   * The ways between stages as things usually go, from the stage that an instance begins in; none: no diagram is drawn.
   * A test has to hold them against what the process does.
   */
  readonly moves: readonly ProcessMove[];
  /** How an instance is called off by an operator: what it has begun is undone here. */
  readonly onCancel?: (state: State, instance: string) => ProcessStep<State>;
};

/** Declares a process. Curried so that the state's type is given once and all else is inferred. */
export function defineProcess<State>() {
  return <Types extends EventTypes>(
    definition: Pick<Process<State>, "name" | "version" | "description" | "initialState" | "stage" | "onCancel"> & {
      readonly partitions?: number;
      readonly sloMs?: number;
      readonly moves?: readonly ProcessMove[];
      readonly events: Types;
      readonly instance: (event: AnyEventOf<Types>) => string | null;
      readonly begins: (event: AnyEventOf<Types>) => boolean;
      readonly on: {
        readonly [Type in keyof Types & string]?: (
          state: State,
          event: EventOf<Types, Type>,
          instance: string,
        ) => ProcessStep<State>;
      };
      readonly onTimer?: Process<State>["onTimer"];
      readonly onRejection?: Process<State>["onRejection"];
    },
  ): Process<State> =>
    ({
      partitions: 1,
      sloMs: 5_000,
      moves: [],
      onTimer: {},
      onRejection: {},
      ...definition,
    }) as unknown as Process<State>;
}

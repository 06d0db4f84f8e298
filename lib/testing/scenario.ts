import { expect } from "vitest";
import type { Decider, DecodedEvent, DomainEvent } from "@/lib/define";

/** A story about one stream, told as events and one command. */
export type Scenario = {
  readonly given: (...events: readonly DomainEvent[]) => Scenario;
  /** What had happened to the second stream, for a command that decides over two. */
  readonly andGiven: (...events: readonly DomainEvent[]) => Scenario;
  readonly when: (command: string, input: unknown) => Outcome;
};

/** What the command led to. */
type Outcome = {
  /** The command recorded exactly these events, in this order; none: there was nothing left to do. */
  readonly thenRecorded: (...events: readonly DomainEvent[]) => void;
  /** The command recorded exactly these events, one in its own stream and one in the other. */
  readonly thenRecordedBoth: (here: DomainEvent, there: DomainEvent) => void;
  /** The command was refused with this code. */
  readonly thenRejected: (code: string) => void;
};

const time = "2026-01-05T10:00:00.000000Z";

/** Tells a story about a decider: `scenario(order).given(…).when("PlaceOrder", …).thenRecorded(…)`. The stream's id is `42`. */
export function scenario(decider: Decider): Scenario {
  const stream = { stream: `${decider.category}-42`, id: "42" };
  const story = (past: readonly DomainEvent[], others: readonly DomainEvent[]): Scenario => ({
    given: (...events) => story([...past, ...events], others),
    andGiven: (...events) => story(past, [...others, ...events]),
    when: (name, input) => {
      const command = decider.commands[name];
      if (!command) throw new Error(`${decider.category} has no command ${name}.`);
      const second = command.other && foldAll(decider, others);
      const decision = command.decide(foldAll(decider, past), command.input.parse(input), stream, second);
      return {
        thenRecorded: (...events) => expect("type" in decision ? [decision] : decision).toEqual(events),
        thenRecordedBoth: (here, there) => expect(decision).toEqual({ here: [here], there: [there] }),
        thenRejected: (code) => expect(decision).toMatchObject({ rejected: true, code }),
      };
    },
  });
  return story([], []);
}

/** The state after some events, each held against its schema first, as if all had been recorded at one time. */
export function foldAll<State>(decider: Decider<State>, events: readonly DomainEvent[]): State {
  return events.reduce((state, { type, schemaVersion, data }, index) => {
    const known = decider.events[type];
    const evolve = decider.evolve[type];
    if (!known || !evolve) throw new Error(`${decider.category} has no event ${type}.`);
    const event: DecodedEvent = {
      type,
      schemaVersion,
      data: known.schema.parse(data),
      id: `00000000-0000-7000-8000-${String(index).padStart(12, "0")}`,
      stream: `${decider.category}-42`,
      version: index + 1,
      position: BigInt(index + 1),
      index: 0,
      recordedAt: time,
      occurredAt: time,
      correlationId: "story",
      causationId: null,
      actor: null,
      tenant: null,
      lookupHash: () => null,
    };
    return evolve(state, event.data as never, event);
  }, decider.initialState());
}

import { checkModules } from "@/lib/catalog/check-modules";
import {
  type Decoding,
  decodeOnDemand,
  decodeWith,
  type KnownType,
  knownType,
  type Upcasting,
  upcastWith,
  viewOnDemand,
} from "@/lib/catalog/decode";
import { type CatalogDescription, describeCatalog } from "@/lib/catalog/describe";
import { type PersonalPath, personalPathsOf } from "@/lib/catalog/personal-paths";
import type { Decider, DecodedEvent, DomainModule, Projection, ReleasedSchema } from "@/lib/define";

import type { Process } from "@/lib/define-process";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { askSealedStates, type SealedFieldState } from "@/lib/privacy/field-states";
import { bringKeys, bringKeysIfAnswered, type Keys } from "@/lib/privacy/keys-at-hand";

/** Everything the code knows of event types, deciders and projections, and the only way from stored to decoded events. */
export type Catalog = {
  readonly modules: readonly DomainModule[];
  readonly projections: readonly Projection[];
  /** Every form that was ever released. */
  readonly released: readonly ReleasedSchema[];
  readonly processes: readonly Process[];
  /** Brings an event to its current schema version and validates it. What the code does not know is named, never guessed. */
  decode(event: RecordedEvent): Decoding;
  /** The same for consumers: a payload that needs no upcasting is parsed and validated when it is first asked for. */
  decodeOnDemand(event: RecordedEvent): Decoding;
  /** Its fast half, for loops over millions: the one event where it is read as itself; undefined otherwise. */
  viewOnDemand(event: RecordedEvent): DecodedEvent | undefined;
  /** The same journey with the payload before and after each step, for a person to look at; slower than `decode`. */
  upcast(event: RecordedEvent): Upcasting;
  /**
   * Asks for the keys of what is sealed in these events, all at once: before they are decoded, by everybody who decodes.
   * Throws `KeyStoreDown`, which says nothing about any event.
   */
  bringKeys(events: readonly RecordedEvent[]): Promise<void>;
  /** The same for who masks what is personal whatever it says; false where the key store does not answer. */
  bringKeysIfAnswered(events: readonly RecordedEvent[]): Promise<boolean>;
  /** How each sealed value of a stored event stands; `unasked` where the key store does not answer. */
  sealedStates(event: RecordedEvent): Promise<readonly SealedFieldState[]>;
  /** The payload in the form in which it was stored, its sealed fields opened. Throws `DecodeFailed`. */
  payload(event: RecordedEvent): unknown;
  /** Whether the code knows this event type in any version. */
  knows(type: string): boolean;
  /** The types under which events are stored that are read as one of these: themselves, and older ones. In order. */
  storedTypes(types: readonly string[]): readonly string[];
  /** The decider of a stream category, or `undefined`: then its streams can be read, but not folded or commanded. */
  decider(category: string): Decider | undefined;
  /** Where personal data may stand in any version of a type; empty for unknown types. `*` stands for each array element. */
  personalPaths(type: string): readonly PersonalPath[];
  /** Types, versions, commands and projections with JSON Schemas of what they take, as JSON-safe data. */
  describe(): CatalogDescription;
};

/** Builds the catalog; `released` are the forms that were ever released, `keys` open what is sealed. Throws when modules contradict each other: a name given twice, a missing upcaster, a lost subject. */
export function createCatalog(
  modules: readonly DomainModule[],
  released: readonly ReleasedSchema[] = [],
  keys: Keys | null = null,
): Catalog {
  checkModules(modules);
  const types = new Map<string, KnownType>();
  for (const { events, upcasters } of modules) {
    for (const type of new Set([...Object.keys(events), ...upcasters.map((step) => step.type)])) {
      const event = Object.hasOwn(events, type) ? events[type] : undefined;
      const steps = upcasters.filter((step) => step.type === type).sort((a, b) => a.from - b.from);
      const current = event?.schemaVersion ?? steps.at(-1)?.from ?? 1;
      const paths = personalPathsOf(event?.schema ?? null, steps);
      types.set(type, knownType({ type, current, schema: event?.schema ?? null, steps, personal: paths }));
    }
  }
  const readAs = readings([...types.values()]);
  const deciders = new Map(modules.flatMap((module) => module.deciders).map((decider) => [decider.category, decider]));
  let description: CatalogDescription | undefined;
  const personalPaths = (type: string) => types.get(type)?.personal ?? [];
  const withPersonal = (events: readonly RecordedEvent[]) =>
    events.filter(({ type }) => personalPaths(type).length > 0);

  return {
    modules,
    projections: modules.flatMap((module) => module.projections),
    released,
    processes: modules.flatMap((module) => module.processes ?? []),
    decode: (event) => decodeWith(types, event),
    decodeOnDemand: (event) => decodeOnDemand(types, event),
    viewOnDemand: (event) => viewOnDemand(types, event),
    upcast: (event) => upcastWith(types, event),
    bringKeys: (events) => bringKeys(keys, withPersonal(events)),
    bringKeysIfAnswered: (events) => bringKeysIfAnswered(keys, withPersonal(events)),
    sealedStates: (event) => askSealedStates(keys, event),
    payload: (event) => {
      const known = types.get(event.type);
      return known ? known.read(event).data : (JSON.parse(event.data) as unknown);
    },
    knows: (type) => types.has(type),
    storedTypes(wanted) {
      const asked = new Set(wanted);
      const older = [...readAs].filter(([, into]) => into.some((type) => asked.has(type))).map(([type]) => type);
      return [...new Set([...wanted, ...older])].sort();
    },
    decider: (category) => deciders.get(category),
    personalPaths,
    describe: () => {
      description ??= describeCatalog(modules, personalPaths);
      return description;
    },
  };
}

/** Each type with all types that its stored events may be read as. */
function readings(types: readonly KnownType[]): ReadonlyMap<string, readonly string[]> {
  const into = new Map(
    types.map(({ type, steps }) => [type, steps.flatMap((step) => ("into" in step ? Object.keys(step.into) : []))]),
  );
  const reach = (type: string, seen: Set<string>): Set<string> => {
    for (const next of into.get(type) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      reach(next, seen);
    }
    return seen;
  };
  return new Map(types.map(({ type }) => [type, [...reach(type, new Set())]]));
}

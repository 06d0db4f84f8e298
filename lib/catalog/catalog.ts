import { checkModules } from "@/lib/catalog/check-modules";
import { type Decoding, decodeWith, type KnownType, type Upcasting, upcastWith } from "@/lib/catalog/decode";
import { type CatalogDescription, describeCatalog } from "@/lib/catalog/describe";
import { type PersonalPath, personalPathsOf } from "@/lib/catalog/personal-paths";
import type { Decider, DomainModule, Projection } from "@/lib/define";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";

/** Everything the code knows of event types, deciders and projections, and the only way from stored to decoded events. */
export type Catalog = {
  readonly modules: readonly DomainModule[];
  readonly projections: readonly Projection[];
  /** Brings an event to its current schema version and validates it. What the code does not know is named, never guessed. */
  decode(event: RecordedEvent): Decoding;
  /** The same journey with the payload before and after each step, for a person to look at; slower than `decode`. */
  upcast(event: RecordedEvent): Upcasting;
  /** Whether the code knows this event type in any version. */
  knows(type: string): boolean;
  /** The decider of a stream category, or `undefined`: then its streams can be read, but not folded or commanded. */
  decider(category: string): Decider | undefined;
  /** Where personal data may stand in any version of a type; empty for unknown types. `*` stands for each array element. */
  personalPaths(type: string): readonly PersonalPath[];
  /** Types, versions, commands and projections with JSON Schemas of what they take, as JSON-safe data. */
  describe(): CatalogDescription;
};

/** Builds the catalog. Throws when modules contradict each other: a name given twice, a missing upcaster, a lost subject. */
export function createCatalog(modules: readonly DomainModule[]): Catalog {
  checkModules(modules);
  const types = new Map<string, KnownType>();
  const personal = new Map<string, readonly PersonalPath[]>();
  for (const { events, upcasters } of modules) {
    for (const [type, event] of Object.entries(events)) {
      const steps = upcasters.filter((step) => step.type === type).sort((a, b) => a.from - b.from);
      types.set(type, { type, current: event.schemaVersion, schema: event.schema, steps });
      personal.set(type, personalPathsOf(event.schema, steps));
    }
  }
  const deciders = new Map(modules.flatMap((module) => module.deciders).map((decider) => [decider.category, decider]));
  let description: CatalogDescription | undefined;
  const personalPaths = (type: string) => personal.get(type) ?? [];

  return {
    modules,
    projections: modules.flatMap((module) => module.projections),
    decode: (event) => decodeWith(types.get(event.type), event),
    upcast: (event) => upcastWith(types.get(event.type), event),
    knows: (type) => types.has(type),
    decider: (category) => deciders.get(category),
    personalPaths,
    describe: () => {
      description ??= describeCatalog(modules, personalPaths);
      return description;
    },
  };
}

import { z } from "zod";
import type { PersonalPath } from "@/lib/catalog/personal-paths";
import type { DomainModule } from "@/lib/define";

/** A JSON Schema document. */
type JsonSchema = Readonly<Record<string, unknown>>;

/** What the code knows, as data that can be sent, shown, and turned into forms. */
export type CatalogDescription = {
  readonly modules: readonly {
    readonly name: string;
    readonly description: string;
    readonly categories: readonly string[];
  }[];
  readonly events: readonly EventDescription[];
  readonly commands: readonly CommandDescription[];
  readonly projections: readonly ProjectionDescription[];
};

/**
 * An event type: `versions` are all schema versions that can be read, oldest first; `schema` describes the last. A retired
 * type has none: nothing is stored under its name any more, and `becomes` says what its events are read as.
 */
type EventDescription = {
  readonly type: string;
  readonly module: string;
  readonly schemaVersion: number;
  readonly versions: readonly number[];
  readonly schema: JsonSchema | null;
  readonly personal: readonly PersonalPath[];
  /** Types that old forms of this one are split into; empty for nearly all. */
  readonly becomes: readonly string[];
};

/** A command of a category, with the JSON Schema of its input. */
type CommandDescription = {
  readonly category: string;
  readonly name: string;
  readonly description: string;
  readonly schema: JsonSchema;
};

/** A projection as it is declared, and the types it reads; what it does at the moment is not in the catalog. */
type ProjectionDescription = {
  readonly name: string;
  readonly module: string;
  readonly version: number;
  readonly description: string;
  readonly style: "fold" | "handler";
  readonly mode: "async" | "inline";
  readonly partitions: number;
  readonly sloMs: number;
  readonly types: readonly string[];
};

/** Describes the modules; schemas are those of what callers send, before defaults and transforms. */
export function describeCatalog(
  modules: readonly DomainModule[],
  personalPaths: (type: string) => readonly PersonalPath[],
): CatalogDescription {
  return {
    modules: modules.map(({ name, description, deciders }) => ({
      name,
      description,
      categories: deciders.map(({ category }) => category),
    })),
    events: modules.flatMap((module) => eventsOf(module, personalPaths)),
    commands: modules.flatMap(({ deciders }) =>
      deciders.flatMap(({ category, commands }) =>
        Object.entries(commands).map(([name, { description, input }]) => ({
          category,
          name,
          description,
          schema: jsonSchema(input),
        })),
      ),
    ),
    projections: modules.flatMap(({ name: module, projections }) =>
      projections.map((projection) => {
        const { name, version, description, style, mode, partitions, sloMs } = projection;
        const types = Object.keys(projection.style === "fold" ? projection.evolve : projection.on);
        return { name, module, version, description, style, mode, partitions, sloMs, types };
      }),
    ),
  };
}

function eventsOf(
  { name: module, events, upcasters }: DomainModule,
  personalPaths: (type: string) => readonly PersonalPath[],
): EventDescription[] {
  const retired = new Set(upcasters.map(({ type }) => type).filter((type) => !Object.hasOwn(events, type)));
  return [...Object.keys(events), ...retired].map((type) => {
    const event = Object.hasOwn(events, type) ? events[type] : undefined;
    const steps = upcasters.filter((step) => step.type === type);
    const versions = [...steps.map(({ from }) => from), ...(event ? [event.schemaVersion] : [])].sort((a, b) => a - b);
    return {
      type,
      module,
      schemaVersion: versions.at(-1) ?? 1,
      versions,
      schema: event ? jsonSchema(event.schema) : null,
      personal: personalPaths(type),
      becomes: [...new Set(steps.flatMap((step) => ("into" in step ? Object.keys(step.into) : [])))],
    };
  });
}

function jsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: "input" });
}

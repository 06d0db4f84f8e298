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

/** An event type: `versions` are all schema versions that can be read, oldest first; `schema` describes the last. */
type EventDescription = {
  readonly type: string;
  readonly module: string;
  readonly schemaVersion: number;
  readonly versions: readonly number[];
  readonly schema: JsonSchema;
  readonly personal: readonly PersonalPath[];
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
    events: modules.flatMap(({ name, events, upcasters }) =>
      Object.values(events).map(({ type, schemaVersion, schema }) => ({
        type,
        module: name,
        schemaVersion,
        versions: [...upcasters.filter((step) => step.type === type).map(({ from }) => from), schemaVersion].sort(
          (a, b) => a - b,
        ),
        schema: jsonSchema(schema),
        personal: personalPaths(type),
      })),
    ),
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

function jsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: "input" });
}

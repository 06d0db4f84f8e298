import type { Catalog } from "@/lib/catalog/catalog";

/** Who reads events of a type, stored under it or under an older one. */
export type SchemaReader = {
  readonly kind: "projection" | "process" | "decider";
  readonly name: string;
  /** Through a type that its events are read as. */
  readonly as: readonly string[];
};

/** The deciders, projections and processes of the catalog that are given events of a type. */
export function readersOf(catalog: Catalog, type: string): readonly SchemaReader[] {
  const through = (types: readonly string[]) => types.filter((known) => catalog.storedTypes([known]).includes(type));
  const projections = catalog
    .describe()
    .projections.map(({ name, types }): SchemaReader => ({ kind: "projection", name, as: through(types) }));
  const deciders = catalog.modules
    .flatMap((module) => module.deciders)
    .map(
      ({ category, evolve }): SchemaReader => ({ kind: "decider", name: category, as: through(Object.keys(evolve)) }),
    );
  const processes = catalog.processes.map(
    ({ name, on }): SchemaReader => ({ kind: "process", name, as: through(Object.keys(on)) }),
  );
  return [...deciders, ...projections, ...processes].filter(({ as }) => as.length > 0);
}

import type { Catalog } from "@/lib/catalog/catalog";
import type { Projection } from "@/lib/define";
import { createFoldApplier } from "@/lib/projections/fold-applier";
import { createHandlerApplier } from "@/lib/projections/handler-applier";
import { readModelTable } from "@/lib/projections/read-model-table";
import type { Consumer } from "@/lib/subscriptions/consumer";
import { defaultPolicy } from "@/lib/subscriptions/failure-policy";

/** Projections as consumers of the log; `schema` is the store's (`tidemark`). */
export function projectionConsumers(
  projections: readonly Projection[],
  catalog: Catalog,
  schema = "tidemark",
): readonly Consumer[] {
  return projections.map((projection) => ({
    ...consumerFacts(projection, catalog),
    context: projection.style === "handler" || projection.context,
    failurePolicy: { ...defaultPolicy, onFailure: projection.onFailure },
    open: (held) => {
      const model = readModelTable(projection, `${schema}_read`, held.generation);
      return projection.style === "fold"
        ? createFoldApplier(projection, model, catalog, held)
        : createHandlerApplier(projection, model.table, catalog);
    },
  }));
}

/** What the database is told about a projection. Its types are those it has code for, and older ones that are read as them. */
export function consumerFacts(projection: Projection, catalog: Catalog): Omit<Consumer, "open"> {
  const { name, mode, style, version, partitions, sloMs } = projection;
  const types = catalog.storedTypes(Object.keys(projection.style === "fold" ? projection.evolve : projection.on));
  return { name, kind: "projection", mode, style, version, partitions, types, sloMs };
}

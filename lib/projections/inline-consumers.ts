import type pg from "pg";
import type { Catalog } from "@/lib/catalog/catalog";
import type { Projection } from "@/lib/define";
import type { InlineConsumers } from "@/lib/event-store/store";
import { applyFold } from "@/lib/projections/apply-fold";
import { createFoldTable } from "@/lib/projections/fold-table";
import { runHandlers } from "@/lib/projections/handler-applier";
import { consumerFacts } from "@/lib/projections/projection-consumers";
import { readModelTable } from "@/lib/projections/read-model-table";

/** What a process that appends tells the database to know: the inline projections of its code, `name@version` each. */
export function inlineKnown(projections: readonly Projection[]): readonly string[] {
  return projections.filter(({ mode }) => mode === "inline").map(({ name, version }) => `${name}@${version}`);
}

/**
 * The inline projections, for the store to run in each append's transaction. They write through the stable view, which
 * always shows the generation in use. What they throw refuses the append, and nothing of it is stored.
 */
export function createInlineConsumers(
  projections: readonly Projection[],
  catalog: Catalog,
  schema = "tidemark",
): InlineConsumers {
  const inline = projections
    .filter(({ mode }) => mode === "inline")
    .map((projection) => {
      const model = readModelTable(projection, `${schema}_read`, 1);
      const table = createFoldTable(model.view, model);
      return { projection, types: new Set(consumerFacts(projection, catalog).types), table, view: model.view };
    });
  const types = new Set(inline.flatMap((consumer) => [...consumer.types]));

  return {
    handles: (type) => types.has(type),
    async apply(client: pg.PoolClient, events) {
      for (const { projection, types: own, table, view } of inline) {
        const mine = events.filter(({ type }) => own.has(type));
        if (mine.length === 0) continue;
        if (projection.style === "fold") await applyFold(projection, table, catalog, client, mine);
        else await runHandlers(projection, view, catalog, client, mine);
      }
    },
  };
}

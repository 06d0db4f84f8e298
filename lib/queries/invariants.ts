import { readModelName } from "@/lib/projections/read-model-table";
import type { Lag } from "@/lib/queries/lag";
import type { QueryContext } from "@/lib/queries/query-context";
import { lagOf } from "@/lib/subscriptions/lag";

/**
 * What a domain says must always hold of a read model, and what was found. `holds` is null when the read model could not
 * be asked. The figure is exact for what the read model has seen; `lag` says how much that is not.
 */
export type InvariantFound = {
  readonly name: string;
  readonly description: string;
  readonly projection: string;
  readonly expected: string;
  readonly found: string | null;
  readonly rows: string | null;
  readonly holds: boolean | null;
  readonly inline: boolean;
  readonly lag: Lag;
};

const NEVER: Lag = { known: false, since: null, reason: "never-started" };

/** Checks every invariant of every domain, each in one statement and so in one snapshot. */
export async function invariants({ reads, catalog }: QueryContext): Promise<readonly InvariantFound[]> {
  const declared = catalog.modules.flatMap((module) => module.invariants ?? []);
  if (declared.length === 0) return [];
  const lags = await lagOf(reads, { consumers: declared.map(({ projection }) => projection) });
  return Promise.all(
    declared.map(async ({ name, description, projection, sumOf, equals }): Promise<InvariantFound> => {
      const about = { name, description, projection, expected: String(equals) };
      const inline = catalog.projections.find((known) => known.name === projection)?.mode === "inline";
      const lag: Lag = inline ? { known: true, ageMs: 0, events: 0, more: false } : (lags.get(projection) ?? NEVER);
      const table = `"${readModelName(projection)}"`;
      const [row] = await reads
        .query<{ found: string; rows: string }>(
          `select coalesce(sum("${sumOf}"), 0)::text as found, count(*)::text as rows from ${table}`,
        )
        .catch(() => []);
      const found = row?.found ?? null;
      return {
        ...about,
        found,
        rows: row?.rows ?? null,
        holds: found === null ? null : found === String(equals),
        inline,
        lag,
      };
    }),
  );
}

import type pg from "pg";
import { isOfOneStream, type Projection } from "@/lib/define";
import { InvalidRequest } from "@/lib/kernel/errors";
import { readPositionAt } from "@/lib/projections/rebuild/position-at";

/**
 * The part of a read model that a rebuild makes anew: the rows of the streams that something was appended to from a
 * position on, that lie in a range of slices (`to` is not in it), or that have events of a tenant.
 */
export type RebuildScope =
  | { readonly kind: "since"; readonly position: string; readonly at: string | null }
  | { readonly kind: "slices"; readonly from: number; readonly to: number }
  | { readonly kind: "tenant"; readonly tenant: string };

/** A part as it is asked for: at most one of the three. Slices are `0-255`, a single one `7`. */
export type ScopeRequest = {
  readonly since?: string | undefined;
  readonly slices?: string | undefined;
  readonly tenant?: string | undefined;
};

/** Slices that all streams are spread over. */
const SLICES = 1_024;

/**
 * The part that is asked for; null for all of it. A time becomes the position that the log had reached a little before.
 * Throws `invalid-request` for two parts at once, and for what is none.
 */
export async function scopeOf(db: pg.Pool, request: ScopeRequest): Promise<RebuildScope | null> {
  const { since, slices, tenant } = request;
  const given = [since, slices, tenant].filter((part) => part !== undefined);
  if (given.length > 1) throw refused("since", "only one of since, slices and tenant can be given");
  if (tenant !== undefined) return { kind: "tenant", tenant };
  if (slices !== undefined) return slicesOf(slices);
  if (since === undefined) return null;
  if (/^\d{1,18}$/.test(since)) return { kind: "since", position: since, at: null };
  const at = Date.parse(since);
  if (Number.isNaN(at)) throw refused("since", "must be a position or a time, as in 2026-03-01T00:00:00Z");
  const iso = new Date(at).toISOString();
  return { kind: "since", position: String(await readPositionAt(db, iso)), at: iso };
}

function slicesOf(text: string): RebuildScope {
  const [, first = "", last = first] = text.match(/^(\d{1,4})(?:-(\d{1,4}))?$/) ?? [];
  const [from, to] = [Number(first), Number(last) + 1];
  if (first === "" || from >= to || to > SLICES) {
    throw refused("slices", `must be a range of slices from 0 to ${SLICES - 1}, as in 0-255`);
  }
  return { kind: "slices", from, to };
}

function refused(path: string, message: string): InvalidRequest {
  return new InvalidRequest(`rebuild-projection: ${path} ${message}`, [{ path, message }]);
}

/** A part in a few words, to be read after "the rows of". */
export function scopeWords(scope: RebuildScope): string {
  switch (scope.kind) {
    case "since":
      return scope.at === null
        ? `streams with events from position ${scope.position} on`
        : `streams with events since ${scope.at.slice(0, 16).replace("T", " ")} UTC`;
    case "slices":
      return scope.to - scope.from === 1
        ? `streams in slice ${scope.from} of 1,024`
        : `streams in slices ${scope.from} to ${scope.to - 1} of 1,024`;
    case "tenant":
      return `streams with events of tenant ${scope.tenant}`;
  }
}

/**
 * Why no part of a projection can be rebuilt, in sentences; null when one can. Only rows that are made of the events of one
 * stream each, and say which, can be told apart.
 */
export function whyNoPart(projection: Projection): string | null {
  if (projection.style === "handler") {
    return `${projection.name} writes rows by SQL of its own, so nobody can tell which of them a part would touch. Rebuild the whole of it.`;
  }
  if (isOfOneStream(projection)) return null;
  return `Rows of ${projection.name} may gather events of several streams, so a part of it cannot be told apart: rows would miss what the other streams gave them. Rebuild the whole of it, or declare \`key: ownStream\` where each row is of one stream.`;
}

/** A statement that selects the names of the streams of a part, of those that have events of the types in `$1`. */
export function streamsOfScope(scope: RebuildScope): { readonly text: string; readonly values: readonly unknown[] } {
  switch (scope.kind) {
    case "since":
      return {
        text: "select e.stream from events e where e.type = any ($1::text[]) and e.position >= $2::bigint",
        values: [scope.position],
      };
    case "slices":
      return {
        text: `select s.stream from streams s where s.slice >= $2::integer and s.slice < $3::integer
                  and exists (select from events e where e.stream = s.stream and e.type = any ($1::text[]))`,
        values: [scope.from, scope.to],
      };
    case "tenant":
      return {
        text: "select e.stream from events e where e.type = any ($1::text[]) and e.tenant = $2::text",
        values: [scope.tenant],
      };
  }
}

/** Whether a stream, the row `s` of `streams`, is in a part, as a condition with parameters from `$first` on. */
export function inScope(
  scope: RebuildScope,
  first: number,
): { readonly text: string; readonly values: readonly unknown[] } {
  switch (scope.kind) {
    case "since":
      return { text: `s.last_position >= $${first}::bigint`, values: [scope.position] };
    case "slices":
      return {
        text: `(s.slice >= $${first}::integer and s.slice < $${first + 1}::integer)`,
        values: [scope.from, scope.to],
      };
    case "tenant":
      return {
        text: `exists (select from events e where e.stream = s.stream and e.tenant = $${first}::text)`,
        values: [scope.tenant],
      };
  }
}

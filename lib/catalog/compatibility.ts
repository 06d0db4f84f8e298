import type { CatalogDescription } from "@/lib/catalog/describe";
import { type FieldDifference, fingerprintOf, type JsonSchema, schemaDifference } from "@/lib/catalog/schema-form";
import type { ReleasedSchema } from "@/lib/define";

/**
 * Whether this code keeps what was promised for one version of a type. `as-released`: it reads it, and a current schema is
 * still the one released. `changed`: the schema is another under the same version. `not-released`: nobody has recorded it
 * yet. `unreadable`: it was released, and this code cannot read it any more.
 */
export type VersionVerdict = {
  readonly type: string;
  readonly version: number;
  readonly verdict: "as-released" | "changed" | "not-released" | "unreadable";
  readonly difference: readonly FieldDifference[];
  /** What to do; null when all is well. */
  readonly advice: string | null;
};

/** Holds the code against every version ever released, in the order of types and versions. */
export function checkCompatibility(
  { events }: Pick<CatalogDescription, "events">,
  released: readonly ReleasedSchema[],
): readonly VersionVerdict[] {
  const known = new Map(released.map((entry) => [`${entry.type} ${entry.version}`, entry]));
  const read = new Set(events.flatMap(({ type, versions }) => versions.map((version) => `${type} ${version}`)));
  const verdicts = events.flatMap(({ type, versions, schemaVersion, schema }) =>
    versions.map((version) => {
      const current = schema !== null && version === schemaVersion ? schema : null;
      return verdictOn(type, version, current, known.get(`${type} ${version}`));
    }),
  );
  const lost = released
    .filter(({ type, version }) => !read.has(`${type} ${version}`))
    .map(
      ({ type, version }): VersionVerdict => ({
        type,
        version,
        verdict: "unreadable",
        difference: [],
        advice: `${type} version ${version} was released and cannot be read any more. Its events are stored for ever: bring its upcaster back.`,
      }),
    );
  return [...verdicts, ...lost].sort((a, b) => a.type.localeCompare(b.type) || a.version - b.version);
}

function verdictOn(
  type: string,
  version: number,
  current: JsonSchema | null,
  released: ReleasedSchema | undefined,
): VersionVerdict {
  const about = { type, version, difference: [] };
  if (!released) {
    const advice = `${type} version ${version} is in no release yet. Before it is: npx vitest run lib/domain/released-schemas.test.ts -u, and have the new line reviewed.`;
    return { ...about, verdict: "not-released", advice };
  }
  if (!current || fingerprintOf(current) === released.fingerprint) {
    return { ...about, verdict: "as-released", advice: null };
  }
  const difference = schemaDifference(released.schema, current);
  return { ...about, verdict: "changed", difference, advice: changedAdvice(type, version, difference) };
}

function changedAdvice(type: string, version: number, difference: readonly FieldDifference[]): string {
  const changes = difference.map(({ path, before, after }) => {
    if (before === null) return `+ ${path}`;
    return after === null ? `- ${path}` : `${path}: ${before} → ${after}`;
  });
  return `${type} version ${version} has been released, and its schema is another now (${changes.join("; ") || "its bounds"}). Events in the released form are stored for ever. Raise it to ${version + 1}, describe the step from ${version} in the domain's upcasters.ts, and add a payload of ${version} with what it is read as to golden-events.json; or take the change back.`;
}

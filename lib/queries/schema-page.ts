import { checkCompatibility, type VersionVerdict } from "@/lib/catalog/compatibility";
import type { PersonalPath } from "@/lib/catalog/personal-paths";
import {
  canonicalSchema,
  fingerprintOf,
  type JsonSchema,
  type SchemaField,
  schemaFields,
} from "@/lib/catalog/schema-form";
import type { FormStep } from "@/lib/define";
import { NotFound } from "@/lib/kernel/errors";
import { checkText } from "@/lib/queries/check-input";
import type { QueryContext } from "@/lib/queries/query-context";
import { ownTypes, readMarks, type VersionVolume, volumesOf } from "@/lib/queries/schema-list";
import { readersOf, type SchemaReader } from "@/lib/queries/schema-readers";

/** One version of a type: its form where it is recorded, how much of it is stored, whether it is kept. */
export type SchemaVersion = {
  readonly version: number;
  readonly current: boolean;
  readonly readable: boolean;
  readonly fingerprint: string | null;
  readonly schema: JsonSchema | null;
  readonly fields: readonly SchemaField[];
  readonly volume: VersionVolume | null;
  readonly verdict: VersionVerdict["verdict"] | null;
  readonly advice: string | null;
  /** What the next step makes of it; several where it is read as several events, none at the current version. */
  readonly becomes: readonly { readonly type: string; readonly version: number }[];
};

/** Everything the page of an event type shows. */
export type SchemaPage = {
  readonly type: string;
  readonly known: "current" | "retired" | "own" | "unknown";
  readonly module: string | null;
  /** Newest first. */
  readonly versions: readonly SchemaVersion[];
  readonly personal: readonly PersonalPath[];
  readonly readers: readonly SchemaReader[];
  readonly countedUpTo: string;
  readonly highWater: string;
};

/** Reads the page of an event type. Throws `NotFound` for what neither the code nor the counted log knows. */
export async function schemaPage(context: QueryContext, type: string): Promise<SchemaPage> {
  const { catalog } = context;
  const name = checkText(type, "type");
  const described = catalog.describe().events.find((event) => event.type === name);
  const released = catalog.released.filter((entry) => entry.type === name);
  const [volumes, marks] = await Promise.all([volumesOf(context, [name]), readMarks(context)]);
  const [seen, own] = [volumes.get(name) ?? [], await ownTypes(context, volumes)];
  if (!described && seen.length === 0 && released.length === 0) throw new NotFound("event type", name.slice(0, 200));
  const verdicts = checkCompatibility(catalog.describe(), catalog.released).filter((verdict) => verdict.type === name);
  const numbers = [
    ...new Set([
      ...(described?.versions ?? []),
      ...released.map(({ version }) => version),
      ...seen.map(({ version }) => version),
    ]),
  ];
  const steps = catalog.modules.flatMap(({ upcasters }) => upcasters).filter((step) => step.type === name);
  return {
    type: name,
    known: described ? (described.schema ? "current" : "retired") : own.has(name) ? "own" : "unknown",
    module: described?.module ?? null,
    versions: numbers
      .sort((a, b) => b - a)
      .map((version): SchemaVersion => {
        const current = described?.schema != null && version === described.schemaVersion;
        const schema = current
          ? canonicalSchema(described.schema ?? {})
          : (released.find((entry) => entry.version === version)?.schema ?? null);
        const verdict = verdicts.find((found) => found.version === version);
        return {
          version,
          current,
          readable: described?.versions.includes(version) ?? false,
          fingerprint: schema && fingerprintOf(schema),
          schema,
          fields: schema ? schemaFields(schema) : [],
          volume: seen.find((volume) => volume.version === version) ?? null,
          verdict: verdict?.verdict ?? null,
          advice: verdict?.advice ?? null,
          becomes: targetsOf(steps.find((step) => step.from === version)),
        };
      }),
    personal: described?.personal ?? [],
    readers: readersOf(catalog, name),
    ...marks,
  };
}

function targetsOf(step: FormStep | undefined): SchemaVersion["becomes"] {
  if (!step) return [];
  if ("to" in step) return [{ type: step.type, version: step.to }];
  return Object.entries(step.into).map(([type, version]) => ({ type, version }));
}

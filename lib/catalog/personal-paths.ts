import { z } from "zod";
import type { FormStep } from "@/lib/define";
import type { PersonalPath } from "@/lib/privacy/personal-path";

export type { PersonalPath } from "@/lib/privacy/personal-path";

type JsonSchema = {
  readonly personal?: boolean;
  readonly subject?: string;
  readonly forgotten?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
};

/**
 * The personal paths of an event type over all its versions: the marks of its schema and those that its upcasters declare
 * for old forms. One list for all versions, so that a stored payload can be masked before it is upcast.
 */
export function personalPathsOf(schema: z.ZodType | null, steps: readonly FormStep[]): readonly PersonalPath[] {
  const paths = new Map<string, PersonalPath>();
  const marks = schema ? walk(z.toJSONSchema(schema, { io: "input" }) as JsonSchema, []) : [];
  for (const found of marks) paths.set(found.path, found);
  for (const { personal = {} } of steps) {
    for (const [path, subject] of Object.entries(personal)) paths.set(path, { path, subject });
  }
  return [...paths.values()];
}

function* walk(schema: JsonSchema, path: readonly string[]): Generator<PersonalPath> {
  const { personal, subject, properties = {}, additionalProperties: others, items, prefixItems = [] } = schema;
  if (personal && subject !== undefined) {
    yield { path: path.join("."), subject, ...("forgotten" in schema ? { forgotten: schema.forgotten } : {}) };
  }
  for (const [name, property] of Object.entries(properties)) yield* walk(property, [...path, name]);
  if (typeof others === "object") yield* walk(others, [...path, "*"]);
  for (const item of items ? [items, ...prefixItems] : prefixItems) yield* walk(item, [...path, "*"]);
  for (const option of [schema.anyOf, schema.oneOf, schema.allOf].flatMap((options) => options ?? [])) {
    yield* walk(option, path);
  }
}

import { z } from "zod";
import type { FormStep } from "@/lib/define";

/** Where personal data stands in a payload, and where the id of the person it is about does. Dotted; `*` is each element. */
export type PersonalPath = { readonly path: string; readonly subject: string };

type JsonSchema = {
  readonly personal?: boolean;
  readonly subject?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
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
  if (schema.personal && schema.subject !== undefined) yield { path: path.join("."), subject: schema.subject };
  for (const [name, property] of Object.entries(schema.properties ?? {})) yield* walk(property, [...path, name]);
  if (schema.items) yield* walk(schema.items, [...path, "*"]);
  for (const option of schema.anyOf ?? []) yield* walk(option, path);
}

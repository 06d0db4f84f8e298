import { createHash } from "node:crypto";

/** A JSON Schema document. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** One value of a payload as its schema describes it; the path is dotted, `*` stands for each element of a list. */
export type SchemaField = {
  readonly path: string;
  /** Type and bounds in words: `integer, at least 0`. */
  readonly form: string;
  readonly required: boolean;
};

/** What differs between two forms of a payload, field by field, in the order of the paths. */
export type FieldDifference = {
  readonly path: string;
  /** Null where the field is new. */
  readonly before: string | null;
  /** Null where the field is gone. */
  readonly after: string | null;
};

/** Words about a schema, not its form. Whose data a field is may be said later, and says nothing about the form. */
const WORDS = new Set([
  "$schema",
  "$id",
  "title",
  "description",
  "examples",
  "deprecated",
  "personal",
  "subject",
  "forgotten",
  "notPersonal",
]);

/**
 * The form that a schema describes, in one way of writing it: members in order, lists that are sets sorted, words about it
 * left out. The pattern behind a named format is the library's, so the name alone counts.
 */
export function canonicalSchema(schema: JsonSchema): JsonSchema {
  return canonical(schema, "") as JsonSchema;
}

/** Tells forms apart: the first 16 hex digits of the SHA-256 of the canonical schema's text. */
export function fingerprintOf(schema: JsonSchema): string {
  return createHash("sha256")
    .update(JSON.stringify(canonicalSchema(schema)))
    .digest("hex")
    .slice(0, 16);
}

/** Every value that a payload of this schema may have, groups before their members. */
export function schemaFields(schema: JsonSchema): readonly SchemaField[] {
  return [...fieldsBelow(schema, "")];
}

/** How one form differs from another; empty when they are the same. */
export function schemaDifference(before: JsonSchema, after: JsonSchema): readonly FieldDifference[] {
  const [old, now] = [wordsByPath(before), wordsByPath(after)];
  return [...new Set([...old.keys(), ...now.keys()])]
    .map((path) => ({ path, before: old.get(path) ?? null, after: now.get(path) ?? null }))
    .filter((field) => field.before !== field.after)
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** `of` is the word that holds the value; below `properties`, members are names that somebody chose, not words of JSON Schema. */
function canonical(value: unknown, of: string): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => canonical(item, ""));
    return SETS.has(of) ? items.sort(byText) : items;
  }
  if (typeof value !== "object" || value === null) return value;
  const named = of === "properties";
  const members = Object.entries(value).filter(
    ([name]) => named || !(WORDS.has(name) || (name === "pattern" && "format" in value)),
  );
  return Object.fromEntries(
    members.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, canonical(member, named ? "" : name)]),
  );
}

/** Lists whose order says nothing. */
const SETS = new Set(["required", "enum", "type", "anyOf", "oneOf", "allOf"]);

function* fieldsBelow(schema: JsonSchema, path: string): Generator<SchemaField> {
  const required = new Set(Array.isArray(schema.required) ? (schema.required as string[]) : []);
  for (const [name, member] of Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>)) {
    const at = path === "" ? name : `${path}.${name}`;
    yield { path: at, form: formWords(member), required: required.has(name) };
    yield* fieldsBelow(member, at);
  }
  if (typeof schema.items === "object" && schema.items !== null) {
    const items = schema.items as JsonSchema;
    if (!("properties" in items)) yield { path: `${path}.*`, form: formWords(items), required: true };
    yield* fieldsBelow(items, `${path}.*`);
  }
  for (const option of optionsOf(schema)) yield* fieldsBelow(option, path);
}

function formWords(schema: JsonSchema): string {
  const options = optionsOf(schema);
  if (options.length > 0) return options.map(formWords).join(" or ");
  if (Array.isArray(schema.enum)) return `one of ${schema.enum.map(String).join(", ")}`;
  if ("const" in schema) return `always ${String(schema.const)}`;
  const bounds = BOUNDS.flatMap(([key, words]) =>
    key in schema && !isUnbounded(schema[key]) ? [`${words} ${schema[key]}`] : [],
  );
  return [schema.format ?? schema.type ?? "anything", ...bounds].join(", ");
}

const BOUNDS = [
  ["minimum", "at least"],
  ["exclusiveMinimum", "more than"],
  ["maximum", "at most"],
  ["exclusiveMaximum", "less than"],
  ["minLength", "length at least"],
  ["maxLength", "length at most"],
  ["minItems", "items at least"],
  ["maxItems", "items at most"],
  ["pattern", "like"],
] as const;

/** The ends of JavaScript's whole numbers are no bounds that anybody chose. */
function isUnbounded(bound: unknown): boolean {
  return bound === Number.MAX_SAFE_INTEGER || bound === Number.MIN_SAFE_INTEGER;
}

function optionsOf(schema: JsonSchema): readonly JsonSchema[] {
  const options = schema.anyOf ?? schema.oneOf;
  return Array.isArray(options) ? (options as JsonSchema[]) : [];
}

function wordsByPath(schema: JsonSchema): ReadonlyMap<string, string> {
  return new Map(schemaFields(schema).map(({ path, form, required }) => [path, required ? form : `${form}, optional`]));
}

function byText(a: unknown, b: unknown): number {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

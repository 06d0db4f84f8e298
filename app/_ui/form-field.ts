/** A JSON Schema document, as the catalog describes commands and events. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What a form asks for one value of a schema. `json` is any value that has no field of its own: it is typed as JSON. */
export type FormField = {
  readonly required: boolean;
  /** Left empty, it is sent as null. */
  readonly nullable: boolean;
  /** What is allowed, in words; null when everything is. */
  readonly hint: string | null;
  readonly personal: boolean;
} & (
  | { readonly kind: "text"; readonly format: string | null }
  | { readonly kind: "number"; readonly whole: boolean; readonly min: number | null; readonly max: number | null }
  | { readonly kind: "boolean" }
  | { readonly kind: "choice"; readonly choices: readonly string[] }
  | { readonly kind: "object"; readonly members: readonly (readonly [name: string, field: FormField])[] }
  | { readonly kind: "list"; readonly item: FormField; readonly atLeast: number }
  | { readonly kind: "json" }
);

/** Reads a schema into what a form asks for. Whatever it does not understand becomes a `json` field, never nothing. */
export function fieldOf(schema: JsonSchema, required = true): FormField {
  const options = Array.isArray(schema.anyOf) ? (schema.anyOf as JsonSchema[]) : undefined;
  const others = options?.filter((option) => option.type !== "null");
  if (options && others?.length === 1 && options.length === 2 && others[0]) {
    return { ...fieldOf(others[0], false), nullable: true, required: false };
  }
  const common = { required, nullable: false, hint: hintOf(schema), personal: schema.personal === true };
  if (isTexts(schema.enum)) return { ...common, kind: "choice", choices: schema.enum };
  if (typeof schema.const === "string") return { ...common, kind: "choice", choices: [schema.const] };
  switch (schema.type) {
    case "string":
      return { ...common, kind: "text", format: typeof schema.format === "string" ? schema.format : null };
    case "integer":
    case "number":
      return { ...common, kind: "number", whole: schema.type === "integer", ...boundsOf(schema) };
    case "boolean":
      return { ...common, kind: "boolean" };
    case "object":
      return isObject(schema.properties) && schema.additionalProperties !== true
        ? { ...common, kind: "object", members: membersOf(schema) }
        : { ...common, kind: "json" };
    case "array":
      return isObject(schema.items)
        ? { ...common, kind: "list", item: fieldOf(schema.items), atLeast: numberOr(schema.minItems, 0) }
        : { ...common, kind: "json" };
    default:
      return { ...common, kind: "json" };
  }
}

function membersOf(schema: JsonSchema): (readonly [string, FormField])[] {
  const required = new Set(isTexts(schema.required) ? schema.required : []);
  return Object.entries(schema.properties as Record<string, JsonSchema>).map(([name, property]) => [
    name,
    fieldOf(property, required.has(name)),
  ]);
}

function boundsOf(schema: JsonSchema): { min: number | null; max: number | null } {
  const whole = schema.type === "integer";
  const above = typeof schema.exclusiveMinimum === "number" ? schema.exclusiveMinimum + (whole ? 1 : 0) : undefined;
  const min = typeof schema.minimum === "number" ? schema.minimum : (above ?? null);
  const max = typeof schema.maximum === "number" ? schema.maximum : null;
  // The largest whole number of JavaScript is no bound that anybody chose.
  return {
    min: min === Number.MIN_SAFE_INTEGER ? null : min,
    max: max === Number.MAX_SAFE_INTEGER ? null : max,
  };
}

function hintOf(schema: JsonSchema): string | null {
  if (typeof schema.description === "string") return schema.description;
  if (schema.type === "integer" || schema.type === "number") {
    const { min, max } = boundsOf(schema);
    const what = schema.type === "integer" ? "whole number" : "number";
    if (min !== null && max !== null) return `${what}, ${min} to ${max}`;
    if (min !== null) return `${what}, at least ${min}`;
    return max === null ? what : `${what}, at most ${max}`;
  }
  if (schema.type !== "string") return null;
  if (typeof schema.format === "string") return schema.format;
  const [least, most] = [numberOr(schema.minLength, 0), numberOr(schema.maxLength, 0)];
  if (least > 0 && least === most) return `${least} characters`;
  return most > 0 ? `at most ${most} characters` : null;
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "string");
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

import type { z } from "zod";

/**
 * Whether a parsed JSON value is certain to pass a schema and to come out of it exactly as it went in. False means nothing:
 * the schema itself must then be asked.
 */
export type CertainCheck = (value: unknown) => boolean;

/**
 * A check that is several times as fast as the schema, because it neither copies the value nor collects what is wrong with
 * it. Undefined where the schema does more than look: transforms, defaults, refinements, whatever is not known here.
 */
export function certainCheck(schema: z.ZodType): CertainCheck | undefined {
  const def = schema.def as unknown as Definition;
  if (def.coerce) return undefined;
  const base = baseOf(def);
  // A format (`z.email()`, `z.int()`) is a schema that is a check of itself.
  const own = def.check === undefined ? [] : [def];
  const rules = [...own, ...(def.checks ?? []).map((check) => (check._zod?.def ?? check.def) as Definition)].map(
    ruleOf,
  );
  if (!base || rules.some((rule) => rule === undefined)) return undefined;
  return (rules as CertainCheck[]).reduce((before, rule) => (value) => before(value) && rule(value), base);
}

/** The parts of zod's own description of schemas and checks that are read here. */
type Definition = {
  readonly type: string;
  readonly check?: string;
  readonly checks?: readonly { readonly _zod?: { readonly def: unknown }; readonly def?: unknown }[];
  readonly coerce?: boolean;
  readonly format?: string;
  readonly pattern?: RegExp;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly length?: number;
  readonly value?: unknown;
  readonly inclusive?: boolean;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly catchall?: z.ZodType;
  readonly element?: z.ZodType;
  readonly innerType?: z.ZodType;
  readonly entries?: Readonly<Record<string, unknown>>;
  readonly values?: readonly unknown[];
};

function baseOf(def: Definition): CertainCheck | undefined {
  const inner = def.innerType && certainCheck(def.innerType);
  switch (def.type) {
    case "string":
      return (value) => typeof value === "string";
    case "number":
      return (value) => Number.isFinite(value);
    case "boolean":
      return (value) => typeof value === "boolean";
    case "null":
      return (value) => value === null;
    case "literal":
      return oneOf(def.values ?? []);
    case "enum":
      return oneOf(Object.values(def.entries ?? {}));
    // JSON has no undefined: a member that may be absent is either not there or of the inner schema.
    case "optional":
      return inner;
    case "nullable":
      return inner && ((value) => value === null || inner(value));
    case "array":
      return def.element && arrayOf(certainCheck(def.element));
    case "object":
      return def.catchall === undefined && def.shape ? objectOf(def.shape) : undefined;
    default:
      return undefined;
  }
}

function oneOf(values: readonly unknown[]): CertainCheck | undefined {
  // An enum of numbers has its names among its values.
  if (!values.every((value) => typeof value === "string")) return undefined;
  const known = new Set<unknown>(values);
  return (value) => known.has(value);
}

function arrayOf(item: CertainCheck | undefined): CertainCheck | undefined {
  if (!item) return undefined;
  return (value) => {
    if (!Array.isArray(value)) return false;
    for (let index = 0; index < value.length; index++) if (!item(value[index])) return false;
    return true;
  };
}

/** Members in the order of the schema and no others: zod drops what it does not know, and puts the rest in this order. */
function objectOf(shape: Readonly<Record<string, z.ZodType>>): CertainCheck | undefined {
  const names = Object.keys(shape);
  const checks: CertainCheck[] = [];
  const absent = names.map((name) => shape[name]?.def.type === "optional");
  for (const name of names) {
    const check = shape[name] && certainCheck(shape[name]);
    // Such names are told apart from what an object has of itself with care by zod, and not here.
    if (!check || name in Object.prototype) return undefined;
    checks.push(check);
  }
  const count = names.length;
  return (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    let next = 0;
    for (const name in value) {
      while (names[next] !== name) {
        if (next >= count || !absent[next]) return false;
        next += 1;
      }
      if (!checks[next]?.((value as Readonly<Record<string, unknown>>)[name])) return false;
      next += 1;
    }
    for (; next < count; next++) if (!absent[next]) return false;
    return true;
  };
}

/** Formats that are a pattern and nothing more. */
const PATTERNS = new Set(["email", "uuid", "date", "datetime", "time", "regex"]);

function ruleOf(def: Definition): CertainCheck | undefined {
  const { minimum = 0, maximum = 0, length = 0, value: bound, pattern, format = "" } = def;
  switch (def.check) {
    case "min_length":
      return (value) => (value as string).length >= minimum;
    case "max_length":
      return (value) => (value as string).length <= maximum;
    case "length_equals":
      return (value) => (value as string).length === length;
    case "string_format":
      // One that remembers where it stopped would give another answer each time.
      if (!pattern || pattern.global || pattern.sticky || !PATTERNS.has(format)) return undefined;
      return (value) => pattern.test(value as string);
    case "number_format":
      return format === "safeint" ? Number.isSafeInteger : undefined;
    case "greater_than":
      if (typeof bound !== "number") return undefined;
      return def.inclusive ? (value) => (value as number) >= bound : (value) => (value as number) > bound;
    case "less_than":
      if (typeof bound !== "number") return undefined;
      return def.inclusive ? (value) => (value as number) <= bound : (value) => (value as number) < bound;
    default:
      return undefined;
  }
}

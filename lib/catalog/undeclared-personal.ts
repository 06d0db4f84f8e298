import { z } from "zod";
import type { DomainModule } from "@/lib/define";

type JsonSchema = {
  readonly personal?: boolean;
  readonly notPersonal?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
};

/** Words in a field's name by which it is, nearly always, about a person. */
const WORDS = new Set(
  "name firstname lastname surname nickname email mail phone mobile fax address street postcode zip city birth birthday birthdate born gender iban passport signature signed photo latitude longitude".split(
    " ",
  ),
);

/**
 * The fields of events that sound as if they were about a person and say neither whose (`personal`) nor why they are not
 * (`notPersonal`), as `Type.path`: they would be stored in plain text, for ever.
 */
export function undeclaredPersonal(modules: readonly DomainModule[]): readonly string[] {
  return modules.flatMap(({ events }) =>
    Object.values(events).flatMap(({ type, schema }) =>
      [...undeclared(z.toJSONSchema(schema, { io: "input" }) as JsonSchema, "")].map((path) => `${type}.${path}`),
    ),
  );
}

/** Of each type, the places of its current form of which somebody has said why they are about nobody: dotted, `*` for elements. */
export function notPersonalPaths(modules: readonly DomainModule[]): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    modules.flatMap(({ events }) =>
      Object.values(events).map(({ type, schema }) => {
        const form = z.toJSONSchema(schema, { io: "input" }) as JsonSchema;
        return [type, new Set(spokenFor(form, ""))] as const;
      }),
    ),
  );
}

function* spokenFor(schema: JsonSchema, path: string): Generator<string> {
  if (schema.notPersonal !== undefined) yield path;
  else for (const [step, part] of innerOf(schema)) yield* spokenFor(part, pathBelow(path, step));
}

function pathBelow(path: string, step: string | null): string {
  if (step === null) return path;
  return path === "" ? step : `${path}.${step}`;
}

function* undeclared(schema: JsonSchema, path: string): Generator<string> {
  if (schema.personal || schema.notPersonal !== undefined) return;
  const inner = [...innerOf(schema)];
  const name = path.split(".").findLast((step) => step !== "*") ?? "";
  if (inner.length === 0 && wordsOf(name).some((word) => WORDS.has(word))) yield path;
  for (const [step, part] of inner) yield* undeclared(part, pathBelow(path, step));
}

function* innerOf(schema: JsonSchema): Generator<readonly [step: string | null, part: JsonSchema]> {
  const { properties = {}, additionalProperties: others, items, anyOf = [], oneOf = [], allOf = [] } = schema;
  yield* Object.entries(properties);
  if (typeof others === "object") yield ["*", others];
  if (items) yield ["*", items];
  for (const option of [...anyOf, ...oneOf, ...allOf]) yield [null, option];
}

/** `shipToName` → ship, to, name. */
function wordsOf(name: string): readonly string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .split(/[\s_-]+/)
    .map((word) => word.toLowerCase());
}

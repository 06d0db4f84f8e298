import { z } from "zod";
import { FORGOTTEN } from "@/lib/define";
import type { PersonalPath } from "@/lib/privacy/personal-path";

/**
 * A schema that takes, at every personal field, what it reads as once its person is forgotten, too: an address that asks
 * for the form of an e-mail must not refuse an event for being forgotten. All else it takes as the schema does. It is used
 * for events that have something forgotten in them, and for no others.
 */
export function forgettable(schema: z.ZodType): z.ZodType {
  const mark = schema.meta() as { personal?: boolean; forgotten?: unknown } | undefined;
  const within = rebuilt(schema);
  if (!mark?.personal) return within;
  const standIn = "forgotten" in mark ? mark.forgotten : FORGOTTEN;
  return z.union([within, z.custom((value) => value === standIn || value === FORGOTTEN)]);
}

/** The parts of zod's own description of a schema that hold further schemas. */
type Parts = {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly element?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly items?: readonly z.ZodType[];
  readonly innerType?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly left?: z.ZodType;
  readonly right?: z.ZodType;
  readonly in?: z.ZodType;
  readonly out?: z.ZodType;
};

function rebuilt(schema: z.ZodType): z.ZodType {
  const parts = schema.def as unknown as Parts;
  const changed: Record<string, unknown> = {};
  if (parts.shape) {
    changed.shape = Object.fromEntries(Object.entries(parts.shape).map(([name, part]) => [name, forgettable(part)]));
  }
  for (const name of ["options", "items"] as const) if (parts[name]) changed[name] = parts[name].map(forgettable);
  for (const name of SINGLE) {
    const part = parts[name];
    if (part) changed[name] = forgettable(part);
  }
  // Which option it is may be told by a field that is forgotten: each of them is then tried.
  if (parts.type === "union" && parts.options) return z.union(changed.options as z.ZodType[]);
  if (Object.keys(changed).length === 0) return schema;
  return schema.clone({ ...schema.def, ...changed } as never);
}

const SINGLE = ["element", "innerType", "valueType", "left", "right", "in", "out"] as const;

/** What a forgotten field reads as, by its dotted path. */
export function standIns(paths: readonly PersonalPath[]): (place: readonly (string | number)[]) => unknown {
  const own = paths.filter((path) => "forgotten" in path);
  if (own.length === 0) return () => FORGOTTEN;
  return (place) => {
    const found = own.find(({ path }) => {
      const steps = path.split(".");
      return (
        steps.length === place.length && steps.every((step, index) => step === "*" || step === String(place[index]))
      );
    });
    return found ? found.forgotten : FORGOTTEN;
  };
}

import { createHash } from "node:crypto";
import { z } from "zod";
import type { Decider, DomainModule } from "@/lib/define";

/** Raised when the form in which states are put aside changes. */
const FORM = 1;

/**
 * Names the code that a state was folded by, as far as it is declared: each event type with its schema version, schema
 * and upcasting steps, the splits that lead to them, the types that `evolve` takes, the initial state, and the decider's `stateVersion`. What stands
 * inside `evolve` and the upcasters is not seen (a bundler changes their text, not what they do): that is what
 * `stateVersion` is for. Two builds of the same code have the same fingerprint.
 */
export function fingerprintOf(decider: Decider, modules: readonly DomainModule[]): string {
  const known = remembered.get(modules) ?? new WeakMap<Decider, string>();
  remembered.set(modules, known);
  const fingerprint = known.get(decider) ?? compute(decider, modules);
  known.set(decider, fingerprint);
  return fingerprint;
}

const remembered = new WeakMap<readonly DomainModule[], WeakMap<Decider, string>>();

function compute(decider: Decider, modules: readonly DomainModule[]): string {
  const { stateVersion = 1, evolve, events } = decider;
  const steps = modules.flatMap(({ upcasters }) => upcasters);
  const declared = {
    form: FORM,
    stateVersion,
    initialState: decider.initialState() as unknown,
    evolve: Object.keys(evolve).sort(),
    splits: steps
      .flatMap((step) => ("into" in step ? [{ type: step.type, from: step.from, into: step.into }] : []))
      .filter(({ into }) => Object.keys(into).some((type) => Object.hasOwn(events, type)))
      .sort((a, b) => (`${a.type} ${a.from}` < `${b.type} ${b.from}` ? -1 : 1)),
    events: Object.values(events)
      .map(({ type, schemaVersion, schema }) => ({
        type,
        schemaVersion,
        schema: z.toJSONSchema(schema, { io: "input" }),
        from: steps
          .filter((step) => step.type === type)
          .map(({ from }) => from)
          .sort((a, b) => a - b),
      }))
      .sort((a, b) => (a.type < b.type ? -1 : 1)),
  };
  return createHash("sha256").update(canonical(declared)).digest("hex").slice(0, 16);
}

/** JSON with the keys of every object in order, so that the order in which code names things does not count. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

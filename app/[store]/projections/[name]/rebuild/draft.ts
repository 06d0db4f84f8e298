import type { Query } from "@/app/_lib/urls";
import { choice, one, type SearchParams } from "@/app/_ui/search-text";

/** Who promotes what was rebuilt, in the words of the choice. */
export const modes = {
  ask: ["Ask me", "It is compared row by row and then waits for an operator."],
  "when-equal": ["By itself when nothing differs", "Otherwise it waits for an operator."],
  "when-caught-up": ["By itself, whatever differs", "For a read model that is known to be wrong."],
} as const;

/** What is made anew, in the words of the choice. */
export const parts = {
  all: ["Everything", "From the first event of the log."],
  since: [
    "What changed since",
    "Streams that something was appended to from a position or a time on, each as a whole.",
  ],
  slices: ["Some slices", "Streams are spread over 1,024 slices; one range of them."],
  tenant: ["One tenant", "Streams that have events of a tenant."],
} as const;

/** A rebuild that is being thought about. All of it is in the address, so that it can be sent to somebody. */
export type Draft = {
  readonly mode: keyof typeof modes;
  readonly part: keyof typeof parts;
  /** What the part is limited to, as it was typed; empty for everything. */
  readonly value: string;
  readonly perSecond: number | undefined;
};

/** The steps in their order, and what they are called. The last one is the run itself. */
export const steps = {
  mode: "Mode",
  scope: "Scope",
  "dry-run": "Dry run",
  review: "Review",
  run: "Run",
} as const;

/** One of them. */
export type Step = keyof typeof steps;

/** Reads the draft of an address; what makes no sense is left out. */
export function draftOf(query: Awaited<SearchParams>): Draft {
  const part = choice(query.part, ["all", "since", "slices", "tenant"]);
  const perSecond = Number(one(query.perSecond));
  return {
    mode: choice(query.mode, ["ask", "when-equal", "when-caught-up"]),
    part,
    value: part === "all" ? "" : (one(query[part])?.trim() ?? ""),
    perSecond: perSecond > 0 && perSecond <= 10_000_000 ? perSecond : undefined,
  };
}

/** The step of an address. */
export function stepOf(query: Awaited<SearchParams>): Step {
  return choice(query.step, ["mode", "scope", "dry-run", "review", "run"]);
}

/** The address of a step of this draft. */
export function queryOf({ mode, part, value, perSecond }: Draft, step: Step): Query {
  return {
    step,
    mode,
    perSecond,
    part: part === "all" ? undefined : part,
    ...(part === "all" ? {} : { [part]: value }),
  };
}

/** What the operation takes of it. */
export function fieldsOf({ mode, part, value, perSecond }: Draft) {
  return { promote: mode, ...(perSecond ? { perSecond } : {}), ...(part === "all" ? {} : { [part]: value }) };
}

import type { History } from "@/lib/testing/proof/history/history";
import { type Mutation, picked } from "@/lib/testing/proof/history/mutations/spoil";
import type { Random } from "@/lib/testing/proof/random";

/** Mutations of what consumers made of the log. */
export const effectMutations: readonly Mutation[] = [
  { name: "an effect is missing", code: "A14", spoil: (history, random) => withTimes(history, random, 0) },
  { name: "an effect was done twice", code: "A14", spoil: (history, random) => withTimes(history, random, 2) },
  {
    name: "an event that was given up had its effect",
    code: "A14",
    spoil: (history) => ({
      ...history,
      effects: history.effects.map((one) => ({ ...one, skipped: new Set([...one.times.keys()].slice(0, 1)) })),
    }),
  },
  {
    name: "an event that is not in the log had an effect",
    code: "A14",
    spoil: (history) => ({
      ...history,
      effects: history.effects.map((one) => ({ ...one, times: new Map([...one.times, [-2, 1] as const]) })),
    }),
  },
  { name: "a read model differs", code: "A14", spoil: (history) => ({ ...history, differences: ["a row differs"] }) },
];

function withTimes(history: History, random: Random, count: number): History | undefined {
  const [first, ...rest] = history.effects;
  const event = first && picked(random, [...first.times.keys()]);
  if (!first || event === undefined) return undefined;
  return { ...history, effects: [{ ...first, times: new Map([...first.times, [event, count] as const]) }, ...rest] };
}

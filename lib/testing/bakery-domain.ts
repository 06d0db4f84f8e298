import { z } from "zod";
import { createCatalog } from "@/lib/catalog/catalog";
import { command, defineDecider, defineEvents, defineModule, reject } from "@/lib/define";
import { becomes, cancelTimer, defineProcess, ends, type Process, send, setTimer } from "@/lib/define-process";

/** The smallest domain with a process: doughs that are to be baked, and an oven that may refuse or break. */
const events = defineEvents({
  DoughMade: [1, z.object({ loaf: z.string() })],
  DoughForgotten: [1, z.object({ loaf: z.string() })],
  Baked: [1, z.object({ loaf: z.string() })],
  Thrown: [1, z.object({ loaf: z.string(), because: z.string() })],
});
const { DoughMade, Baked, Thrown } = events;

/** Loaves on which the oven or the baker's own code breaks; a test takes one out to mend it. */
export const broken = new Set<string>();

const dough = defineDecider<string[]>()({
  category: "dough",
  events,
  initialState: () => [],
  evolve: {
    DoughMade: (doughs, { loaf }) => [...doughs, loaf],
    DoughForgotten: (doughs) => doughs,
    Baked: (doughs) => doughs,
    Thrown: (doughs) => doughs,
  },
  commands: {
    MakeDough: command({
      description: "Makes a dough.",
      input: z.object({ loaf: z.string() }),
      decide: (_: string[], { loaf }) => DoughMade({ loaf }),
    }),
  },
});

const oven = defineDecider<number>()({
  category: "oven",
  events,
  initialState: () => 0,
  evolve: { DoughMade: (n) => n, DoughForgotten: (n) => n, Baked: (n) => n + 1, Thrown: (n) => n },
  commands: {
    Bake: command({
      description: "Bakes a loaf.",
      input: z.object({ loaf: z.string() }),
      decide: (_: number, { loaf }) => {
        if (broken.has(loaf)) throw new Error(`the oven breaks on ${loaf}`);
        return loaf.startsWith("burnt") ? reject("oven.too-hot", "Let it cool.") : Baked({ loaf });
      },
    }),
    Throw: command({
      description: "Throws a loaf away.",
      input: z.object({ loaf: z.string(), because: z.string() }),
      decide: (_: number, thrown) => Thrown(thrown),
    }),
  },
});

type Loaf = { readonly seen: readonly string[] };
const saw = (loaf: Loaf, what: string): Loaf => ({ seen: [...loaf.seen, what] });

const baker = defineProcess<Loaf>()({
  name: "baker",
  version: 1,
  description: "Bakes what is made, throws away what burns or is forgotten.",
  events,
  partitions: 2,
  instance: ({ data }) => data.loaf,
  begins: ({ type }) => type === "DoughMade",
  initialState: () => ({ seen: [] }),
  stage: ({ seen }) => seen.at(-1) ?? "new",
  on: {
    DoughMade: (loaf, _, name) =>
      name.startsWith("slow")
        ? becomes(saw(loaf, "made"), setTimer("rise", { seconds: name.endsWith("ly") ? 3_600 : 0 }))
        : becomes(saw(loaf, "made"), send("oven", "1", "Bake", { loaf: name }), setTimer("rise", { hours: 1 })),
    DoughForgotten: (loaf) => becomes(saw(loaf, "forgotten"), cancelTimer("rise")),
    Baked: (loaf) => ends(saw(loaf, "baked")),
    Thrown: (loaf) => ends(saw(loaf, "thrown")),
  },
  onTimer: {
    rise: (loaf, name) => {
      if (broken.has(name)) throw new Error(`the baker sleeps over ${name}`);
      return becomes(saw(loaf, "risen"), send("oven", "1", "Bake", { loaf: name }));
    },
  },
  onRejection: {
    Bake: (loaf, { code }, name) =>
      becomes(saw(loaf, "refused"), send("oven", "1", "Throw", { loaf: name, because: code })),
  },
  onCancel: (loaf, name) =>
    becomes(saw(loaf, "cancelled"), send("oven", "1", "Throw", { loaf: name, because: "cancelled" })),
});

/** The baker's next version writes down what he saw last in capitals: another state from the same inputs. */
const louder: Process<Loaf> = {
  ...baker,
  version: 2,
  on: Object.fromEntries(
    Object.entries(baker.on).map(([type, answer]): [string, Process<Loaf>["on"][string]] => [
      type,
      (loaf, event, name) => {
        const step = answer(loaf, event, name);
        const seen = step.state.seen.map((what) => what.toUpperCase());
        return { ...step, state: { seen } };
      },
    ]),
  ),
};

/** The bakery with a baker of that version. */
export function bakery(version = 1) {
  return createCatalog([
    defineModule({
      name: "bakery",
      description: "A bakery, for tests.",
      events,
      upcasters: [],
      deciders: [dough, oven],
      projections: [],
      processes: [version === 1 ? baker : louder],
    }),
  ]);
}

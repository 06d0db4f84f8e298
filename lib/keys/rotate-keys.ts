import { TidemarkError } from "@/lib/kernel/errors";
import { FIRST_PLACE, type WrapPlace } from "@/lib/keys/key-rows";
import type { KeyStore } from "@/lib/keys/key-store";
import { defineRun, type RunContext, type RunKind } from "@/lib/runs/run";

/** How far a rotation has come in which pass, what it has wrapped in all and in this pass, and what did not open in this pass. */
type Rotated = {
  readonly after: WrapPlace;
  readonly keys: number;
  readonly pass: number;
  readonly wrappedInPass: number;
  readonly damaged: number;
};

const AT_ONCE = 200;

/**
 * Wraps every live key under the newest key-encryption key, so that the older ones can be taken away. Passes are made until
 * one finds nothing: meanwhile a process that has not seen the newest one yet may wrap under an older one. Keys that do not
 * open stay as they are, and are named.
 */
export function rotateKeys(keys: KeyStore | null): RunKind {
  return defineRun<unknown, Rotated>({
    kind: "rotate-keys",
    unit: "keys",
    phases: ["wrapping"],
    throttled: true,
    run: async (context) => {
      if (!keys) throw noKeyStore();
      let at = context.checkpoint ?? { after: FIRST_PLACE, keys: 0, pass: 1, wrappedInPass: 0, damaged: 0 };
      const total = at.keys + (await leftTo(keys));
      let kek = "";
      for (;;) {
        const step = await keys.rewrap(at.after, AT_ONCE);
        kek = step.kek;
        if (at.pass === 1) await name(context, step.damaged);
        const wrapped = step.keys - step.damaged.length;
        const [done, inPass] = [at.keys + wrapped, at.wrappedInPass + wrapped];
        const damaged = at.damaged + step.damaged.length;
        if (step.last === null && inPass === 0) {
          await context.log(`${done} keys were wrapped under ${kek}; ${damaged} do not open`);
          return { keys: done, damaged, kek };
        }
        const next: Rotated =
          step.last === null
            ? { after: FIRST_PLACE, keys: done, pass: at.pass + 1, wrappedInPass: 0, damaged: 0 }
            : { after: step.last, keys: done, pass: at.pass, wrappedInPass: inPass, damaged };
        context.progress({ done, total: Math.max(done, total), problems: damaged });
        await context.step(async () => next);
        await context.pace(step.keys);
        at = next;
      }
    },
  });
}

/** The refusal where a store has no key store. */
export function noKeyStore(): TidemarkError {
  return new TidemarkError(
    "conflict",
    "This store has no key store. Give it one: name its database in TIDEMARK_KEYS_URL, and start again.",
  );
}

async function name(context: RunContext<unknown, Rotated>, damaged: readonly string[]): Promise<void> {
  for (const id of damaged) {
    await context.log(`the key ${id} does not open: restore its row from the key store's backup`, "error");
  }
}

/** As far as it was counted. */
async function leftTo(keys: KeyStore): Promise<number> {
  const { keks } = await keys.status();
  return keks.filter(({ newest }) => !newest).reduce((sum, kek) => sum + kek.keys, 0);
}

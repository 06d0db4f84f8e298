import { mapAtOnce } from "@/lib/keys/at-once";
import { SubjectForgotten } from "@/lib/keys/errors";
import type { SubjectKey } from "@/lib/keys/key-store";
import type { Keys } from "@/lib/privacy/keys-at-hand";

/** The keys of those who have one, and why the others have none. */
export type GivenKeys = {
  readonly keys: ReadonlyMap<string, SubjectKey>;
  readonly forgotten: ReadonlyMap<string, SubjectForgotten>;
};

type Waiting = {
  readonly subjects: readonly string[];
  readonly resolve: (given: GivenKeys) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Asks for keys to seal with. What is asked for while a call is under way leaves together in the next one, so that a
 * thousand appends about new persons do not make a thousand transactions of the key store; those of several tenants go side by
 * side. Rejects with `KeyStoreDown`.
 */
export function createKeyRequests(keys: Keys) {
  const waiting = new Map<string | null, Waiting[]>();
  let running = false;

  async function run(): Promise<void> {
    while (waiting.size > 0) {
      const tenants = [...waiting];
      waiting.clear();
      await mapAtOnce(tenants, ([tenant, asked]) => answer(tenant, asked));
    }
    running = false;
  }

  async function answer(tenant: string | null, asked: readonly Waiting[]): Promise<void> {
    try {
      const given = await keysFor(keys, tenant, [...new Set(asked.flatMap(({ subjects }) => subjects))]);
      for (const { resolve } of asked) resolve(given);
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }

  return (tenant: string | null, subjects: readonly string[]): Promise<GivenKeys> => {
    if (subjects.length === 0) return Promise.resolve({ keys: new Map(), forgotten: new Map() });
    return new Promise((resolve, reject) => {
      const asked = waiting.get(tenant);
      if (asked) asked.push({ subjects, resolve, reject });
      else waiting.set(tenant, [{ subjects, resolve, reject }]);
      if (running) return;
      running = true;
      queueMicrotask(run);
    });
  };
}

/** One forgotten person refuses all who were asked for together: halves are asked for until it is known who it is. */
async function keysFor(keys: Keys, tenant: string | null, subjects: readonly string[]): Promise<GivenKeys> {
  try {
    return { keys: await keys.keysToSeal(tenant, subjects), forgotten: new Map() };
  } catch (error) {
    const [only] = subjects;
    if (!(error instanceof SubjectForgotten) || only === undefined) throw error;
    if (subjects.length === 1) return { keys: new Map(), forgotten: new Map([[only, error]]) };
    const half = Math.ceil(subjects.length / 2);
    const first = await keysFor(keys, tenant, subjects.slice(0, half));
    const rest = await keysFor(keys, tenant, subjects.slice(half));
    return {
      keys: new Map([...first.keys, ...rest.keys]),
      forgotten: new Map([...first.forgotten, ...rest.forgotten]),
    };
  }
}

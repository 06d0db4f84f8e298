import { pathText } from "@/lib/kernel/json-path";
import { bringKeys, type Keys, keysOf, type SealedEvent } from "@/lib/privacy/keys-at-hand";
import { openedValue, type SealedPlace, sealedPlaces } from "@/lib/privacy/open-payload";
import { type PersonalPath, placesOf, valueAt } from "@/lib/privacy/personal-path";

/**
 * What stands behind a sealed value: `sealed`, so that it could be opened; `forgotten`, its key is destroyed; `unknown`, the key
 * store does not know its key, which never means destroyed; `unasked`, the key store did not answer or was not asked.
 */
export type SealedState = "sealed" | "forgotten" | "unknown" | "unasked";

/** A sealed value of a payload: its path (`lines[0].email`), and how it stands. Never what it says. */
export type SealedFieldState = {
  readonly path: string;
  readonly state: SealedState;
  /** When its key was destroyed. */
  readonly forgottenAt: string | null;
};

/** How every sealed value of an event stands; all of them are `unasked` where the key store does not answer. */
export async function askSealedStates(keys: Keys | null, event: SealedEvent): Promise<readonly SealedFieldState[]> {
  await bringKeys(keys, [event]).catch(() => undefined);
  return sealedStates(event);
}

/** The same of an event whose keys were brought; those that were not are `unasked`. */
function sealedStates(event: SealedEvent): readonly SealedFieldState[] {
  const keys = keysOf(event);
  return sealedPlaces(event).map(({ place, sealed }) => {
    const opened = keys?.get(sealed.key);
    const state = opened === undefined ? "unasked" : opened.state === "live" ? "sealed" : opened.state;
    return {
      path: pathText(place),
      state: state === "destroyed" ? "forgotten" : state,
      forgottenAt: opened?.state === "destroyed" ? opened.destroyedAt : null,
    };
  });
}

/** A personal value of a payload as it reads: `stored` where it is not sealed; null with why where it cannot be read. */
export type PersonalValue =
  | { readonly path: string; readonly state: "sealed" | "stored"; readonly value: unknown }
  | { readonly path: string; readonly state: "forgotten" | "unknown" | "unasked" | "broken"; readonly value: null };

/**
 * Every personal value of an event as it reads. The keys must have been brought. With `only`, nothing but what is sealed under these
 * keys.
 */
export function personalValues(
  event: SealedEvent,
  paths: readonly PersonalPath[],
  only?: ReadonlySet<string>,
): readonly PersonalValue[] {
  const states = new Map(sealedStates(event).map(({ path, state }) => [path, state]));
  const wanted = sealedPlaces(event).filter(({ sealed }) => only === undefined || only.has(sealed.key));
  const values = wanted.map(
    (found): PersonalValue => read(event, found, states.get(pathText(found.place)) ?? "unasked"),
  );
  return only === undefined ? [...values, ...storedValues(event, paths)] : values;
}

function read(event: SealedEvent, found: SealedPlace, state: SealedState): PersonalValue {
  const path = pathText(found.place);
  if (state !== "sealed") return { path, state, value: null };
  const opened = openedValue(event, found);
  return opened === undefined ? { path, state: "broken", value: null } : { path, state, value: opened.value };
}

/** What is declared personal and was stored as it is: before sealing was switched on, or without it. */
function storedValues(event: SealedEvent, paths: readonly PersonalPath[]): readonly PersonalValue[] {
  const payload = JSON.parse(event.data) as unknown;
  const sealed = new Set(sealedPlaces(event).map(({ place }) => pathText(place)));
  const places = new Map(paths.flatMap(({ path }) => placesOf(payload, path)).map((place) => [pathText(place), place]));
  return [...places]
    .filter(([path]) => !sealed.has(path))
    .map(([path, place]) => ({ path, state: "stored", value: valueAt(payload, place) }));
}

import type { SealedFieldState } from "@/lib/privacy/field-states";
import { type MaskState, stateOfRead } from "./masked-value";

/** How masked values stand: some by their place, with the day on which they were forgotten, and all others. */
export type MaskStates = {
  readonly at?: ReadonlyMap<string, { readonly state: MaskState; readonly since?: string | undefined }>;
  readonly otherwise: MaskState;
};

/** How the masked values of states stand: nobody can tell where the key store did not answer for one of them. */
export function stateMasks(...states: readonly { readonly keysAnswered: boolean }[]): MaskStates {
  return { otherwise: states.every(({ keysAnswered }) => keysAnswered) ? "masked" : "unasked" };
}

/** How a masked value stands by what it reads as: a stand-in is no sign of anything where the keys were not asked for. */
export function stateOfValue(text: string | undefined, { otherwise }: MaskStates): MaskState {
  return otherwise === "unasked" || text === undefined ? otherwise : stateOfRead(text, otherwise);
}

/** How the masked values of an event stand: in its stored payload, and in what code reads it as, where places may be others. */
export function maskStates(sealed: readonly SealedFieldState[]): {
  readonly stored: MaskStates;
  readonly read: MaskStates;
} {
  const at = sealed.map(({ path, state, forgottenAt }) => [path, { state, since: forgottenAt?.slice(0, 10) }] as const);
  const [first] = sealed;
  const alike = first !== undefined && sealed.every(({ state }) => state === first.state);
  return {
    stored: { at: new Map(at), otherwise: "masked" },
    read: { otherwise: alike ? first.state : "masked" },
  };
}

import type { SealedState } from "@/lib/privacy/field-states";

/** How a personal value stands that is not shown: how it is sealed, or `masked` where it is not, or nobody can tell. */
export type MaskState = SealedState | "masked";

/** The same in words. */
export const maskWords: Readonly<Record<MaskState, string>> = {
  masked: "personal data, masked",
  sealed: "personal data, sealed",
  forgotten: "forgotten",
  unknown: "sealed under a key that the key store does not know",
  unasked: "sealed; the key store does not answer",
};

/** Personal data that is not shown: a hatch and how it stands, never a length or a hint of the value. `since` is a day. */
export function MaskedValue({ state = "masked", since }: { state?: MaskState; since?: string | undefined }) {
  const colours = state === "unknown" ? "bg-bad-tint text-bad" : "bg-shred-tint text-shred";
  return (
    <span className={`inline-flex items-center gap-1.5 rounded-control px-1.5 font-sans text-data ${colours}`}>
      <span
        aria-hidden="true"
        className={`hatch inline-block h-2.5 w-8 rounded-[2px] ${state === "unknown" ? "text-bad-solid" : "text-shred-solid"}`}
      />
      {maskWords[state]}
      {state === "forgotten" && since !== undefined ? ` on ${since}` : null}
    </span>
  );
}

/** `FORGOTTEN` of lib/define, which would bring zod into every page; a test holds the two together. */
const FORGOTTEN = "[forgotten]";

/** How a value stands that code has read: the words of a forgotten one tell it from others. */
export function stateOfRead(value: string, otherwise: MaskState): MaskState {
  return value === FORGOTTEN ? "forgotten" : otherwise;
}

import { TidemarkError } from "@/lib/kernel/errors";

/** Something that was done to history, in one sentence, with the positions it concerns; null where it names none. */
export type HistoryFault = { readonly what: string; readonly from: bigint | null; readonly to: bigint | null };

/** A fault of one position, of a stretch, or of none. */
export function fault(what: string, from: bigint | null = null, to: bigint | null = from): HistoryFault {
  return { what, from, to };
}

/** History is not what was recorded or signed. `held` is the note from outside of the database that says so, where one does. */
export class HistoryChanged extends TidemarkError {
  constructor(
    readonly faults: readonly HistoryFault[],
    readonly held: string | null = null,
    next = "Nothing more is signed. Begin a verification, which says what else is.",
  ) {
    super("conflict", `${faults.map(({ what }) => what).join("; ")}. ${next}`, { faults: faults.length });
  }
}

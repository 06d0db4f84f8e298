import { TidemarkError } from "@/lib/kernel/errors";

/** What is left out of a reading, because nobody is thought to ask for it. */
type Spared = {
  /** The types whose payloads are not read. */
  readonly payloads: readonly string[];
  /** Whether ids and slices are not read, either. */
  readonly ids: boolean;
};

/** What events have been asked for so far, over many readings. */
export type Asked = {
  /** The types whose payload somebody wanted to see. */
  readonly payloads: Set<string>;
  /** Whether somebody wanted an id or a slice. */
  ids: boolean;
  /** Set when something was asked for that had been left out, whatever became of the error that this throws. */
  missed: boolean;
};

/** Reads less than all, and keeps count of what is asked for. */
export type SparingReading = { readonly spared: Spared; readonly asked: Asked };

/** Nothing has been asked for. */
export function nothingAsked(): Asked {
  return { payloads: new Set(), ids: false, missed: false };
}

/** The error of whoever asks for what was left out. Whoever reads sparingly takes back what was done, and reads again. */
export function notRead(what: string): TidemarkError {
  return new TidemarkError("internal", `${what} was not read. The batch must be read again, with all that is in it.`);
}

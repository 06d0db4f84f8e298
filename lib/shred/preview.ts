import { createHash } from "node:crypto";

/** A read model that is made of events of the person's types, and what becomes of it. */
export type ReadModelFootprint = {
  readonly name: string;
  /** Rows of all generations that are kept in which a text of the person stands; null when that could not be told. */
  readonly rows: number | null;
  /**
   * `rebuild`: it is made anew once the key is destroyed. `none`: nothing of the person was found in it. `blocked`: something
   * was, and it is written by every append, so nothing can be built beside it.
   */
  readonly fate: "rebuild" | "none" | "blocked";
};

/** What forgetting a person would touch, frozen at a position of the log. Of the person only the digest's keys. */
export type ShredPreview = {
  readonly upTo: string;
  readonly events: number;
  /** Sealed values. */
  readonly fields: number;
  readonly types: Readonly<Record<string, number>>;
  readonly streams: { readonly count: number; readonly more: boolean };
  readonly keys: readonly { readonly id: string; readonly epoch: number; readonly live: boolean }[];
  readonly readModels: readonly ReadModelFootprint[];
  /** Files of events with personal fields that were made and are kept; they hold what is sealed, and nothing else. */
  readonly exports: number;
  /** Files of what is held about this person, opened for them, that are kept or being written: they are removed. */
  readonly personExports: readonly string[];
  /** Of the events, those that a consumer has set aside. They stay so; what is tried again reads them as forgotten. */
  readonly parked: Readonly<Record<string, number>>;
};

/** The hash by which a preview of a request is approved: SHA-256, hex. */
export function previewHash(request: string, preview: ShredPreview): string {
  return createHash("sha256")
    .update(JSON.stringify(["tidemark shred preview", 1, request, preview]))
    .digest("hex");
}

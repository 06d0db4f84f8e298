import type pg from "pg";
import type { EventStore } from "@/lib/event-store/store";
import type { KeySource } from "@/lib/integrity/find-signer";
import { TidemarkError } from "@/lib/kernel/errors";
import type { Cleansed } from "@/lib/keys/cleanse-keys";
import type { RunContext, RunKind } from "@/lib/runs/run";
import type { ShredPreview } from "@/lib/shred/preview";
import type { ShredInput, ShredParts } from "@/lib/shred/preview-run";
import { notNow, type ShredRequest } from "@/lib/shred/shred-request";

/** A file that an export wrote, and the name of the folder in which it was finished. */
export type ExportedFile = { readonly run: bigint; readonly folder: string | null };

/** What the run that shreds needs beside what its preview needed. */
export type ShredRunParts = ShredParts & {
  readonly store: EventStore;
  /** What certificates are signed with: the key of the log. */
  readonly signingKey: KeySource;
  /** Names this process's build. */
  readonly build: string;
  /** Rebuilds read models. */
  readonly rebuild: RunKind;
  /** Writes what is held about a person into a file. */
  readonly exportPerson: RunKind;
  /** Removes the file of an export where it is on this machine; false where nobody here can say that it is gone. */
  readonly removeFile: (file: ExportedFile) => Promise<boolean>;
};

/** What was done already, beside what the request itself says. */
export type Shredded = {
  /** The latest checkpoint note before anything was destroyed. */
  readonly before: string | null;
  readonly cleansed: Cleansed | null;
};

/** A shred at work. */
export type ShredContext = RunContext<ShredInput, Shredded>;

/** A request that was approved, with what was. */
export type Approved = ShredRequest & { readonly preview: ShredPreview; readonly previewHash: string };

/** A request with what was approved of it. Throws `conflict` for one that was not, or that is about nobody's data. */
export function approved(request: ShredRequest): Approved {
  const { preview, previewHash, approvedBy } = request;
  if (preview === null || previewHash === null || approvedBy === null) throw notNow(request, "shredded");
  if (preview.keys.length === 0) throw new TidemarkError("conflict", "Nothing was ever sealed for this person.");
  return { ...request, preview, previewHash };
}

/** The latest checkpoint note; null in a log that was never signed. */
export async function readNote(client: pg.Pool | pg.PoolClient, from = 0n): Promise<string | null> {
  const { rows } = await client.query<{ note: string }>(
    "select note from checkpoint_notes where position >= $1 order by size desc limit 1",
    [from],
  );
  return rows[0]?.note ?? null;
}

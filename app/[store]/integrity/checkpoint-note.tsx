import { CopyButton } from "@/app/_ui/copy-button.client";
import { formatCount } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { NotFound } from "@/lib/kernel/errors";
import { checkpointOf } from "@/lib/queries/integrity";
import type { QueryContext } from "@/lib/queries/query-context";

/** The note of a checkpoint, as a text to keep outside. */
export async function CheckpointNote({
  context,
  size,
  closeHref,
}: {
  context: QueryContext;
  size: number;
  closeHref: string;
}) {
  const note = await readNote(context, size);
  return (
    <section aria-label={`Checkpoint of ${formatCount(size)} events`} className="border-b bg-selected px-4 py-2">
      <div className="flex flex-wrap items-center gap-3">
        <h2 className="font-semibold">Checkpoint of {formatCount(size)} events</h2>
        {note === null ? null : <CopyButton text={note} what="note" shown />}
        <Link href={closeHref} className="link ml-auto" scroll={false}>
          Close
        </Link>
      </div>
      {note === null ? (
        <p className="py-1 text-muted">No checkpoint of this size was signed.</p>
      ) : (
        <>
          <pre className="mono wrap-anywhere my-2 whitespace-pre-wrap">{note}</pre>
          <p className="text-muted text-data">
            Keep it where the owner of the database cannot write. With it, anybody can show later that none of these
            events was changed, removed or inserted: <span className="mono">tidemark integrity consistency FILE</span>
          </p>
        </>
      )}
    </section>
  );
}

async function readNote(context: QueryContext, size: number): Promise<string | null> {
  try {
    return (await checkpointOf(context, String(size))).note;
  } catch (error) {
    if (error instanceof NotFound) return null;
    throw error;
  }
}

import { urls } from "@/app/_lib/urls";
import { formatCount } from "@/app/_ui/format";
import { Glyph } from "@/app/_ui/glyph";
import { Link } from "@/app/_ui/link.client";
import type { TraceRow } from "@/lib/queries/trace-page";
import { hasFailed } from "@/lib/queries/trace-row";

/** The first failure of a trace in words, with the ways on from it; nothing when nothing has failed. */
export function FailureLine({ store, rows }: { store: string; rows: readonly TraceRow[] }) {
  const failures = rows.filter(hasFailed);
  const [row] = failures;
  if (!row) return null;
  const { error, letterGroup, letterAttempts } = row.detail;
  const tries = Number(letterAttempts ?? 0);
  const event = rows.find(({ id }) => id === row.parent)?.link;
  return (
    <section
      aria-label="Failure"
      className="sticky bottom-0 z-3 flex flex-wrap items-center gap-x-3 gap-y-1 border-t bg-bad-tint px-4 py-1.5 max-md:bottom-14"
    >
      <Glyph status="bad" />
      <p className="wrap-anywhere min-w-0 flex-1 text-bad">
        <span className="font-medium">{row.name}</span>{" "}
        {row.kind === "wait" ? "could not fire" : `could not apply #${formatCount(row.position ?? "0")}`}
        {error ? `: ${error}` : ""}
        {tries > 0 ? ` · ${tries} ${tries === 1 ? "try" : "tries"}` : ""}
        {failures.length > 1 ? ` · and ${formatCount(failures.length - 1)} more` : ""}
      </p>
      {letterGroup ? (
        <Link href={urls.deadLetterGroup(store, String(letterGroup))} aria-keyshortcuts="o" className="btn h-6">
          Open group
        </Link>
      ) : null}
      {event?.kind === "event" ? (
        <Link href={urls.event(store, event.id)} className="btn h-6">
          Event
        </Link>
      ) : null}
      {row.stream ? (
        <Link href={urls.stream(store, row.stream)} aria-keyshortcuts="s" className="btn h-6">
          Stream
        </Link>
      ) : null}
    </section>
  );
}

import { urls } from "@/app/_lib/urls";
import { formatCount, formatTime } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import type { EventsPage, ScanStop } from "@/lib/queries/list-events";

/** How far a search has come that no index answers, and the way on: exactly where it stopped. */
export function ScanBar({
  store,
  text,
  found,
  scan,
  searching,
}: {
  store: string;
  text: string;
  found: EventsPage;
  scan: ScanStop;
  /** The page is going on by itself just now. */
  searching: boolean;
}) {
  const forwards = found.order === "oldest-first";
  const cursor = forwards ? { after: scan.stoppedAt } : { before: scan.stoppedAt };
  const share = Math.min(100, Math.floor((scan.covered / Math.max(1, scan.of)) * 100));
  return (
    <section
      aria-label="Search of the log"
      className="mx-4 my-2 flex flex-wrap items-center gap-3 rounded-card border px-3 py-2"
    >
      <span className="text-data" role="status">
        Searched {formatCount(scan.covered)} of ≈ {formatCount(scan.of)} events
        {scan.reachedTime ? `, ${forwards ? "up" : "back"} to ${formatTime(scan.reachedTime)}` : ""}
      </span>
      <div
        role="progressbar"
        aria-label="Searched"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={share}
        className="h-1.5 w-40 overflow-clip rounded-full bg-subtle"
      >
        <div className="h-full bg-run-solid" style={{ width: `${share}%` }} />
      </div>
      {searching ? (
        <span className="text-data">Searching…</span>
      ) : (
        <Link
          href={urls.events(store, { q: text, ...cursor, scan: "1" })}
          className="btn"
          data-primary
          aria-keyshortcuts="m"
        >
          Continue
        </Link>
      )}
      <span className="text-muted text-data">No index answers this filter, so each event is looked at.</span>
    </section>
  );
}

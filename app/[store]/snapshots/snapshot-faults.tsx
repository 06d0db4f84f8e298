import { urls } from "@/app/_lib/urls";
import { Link } from "@/app/_ui/link.client";
import { Section } from "@/app/_ui/page-header";
import { StatusPill } from "@/app/_ui/status-pill";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { SnapshotFaultRow } from "@/lib/queries/snapshots-page";

const words: Readonly<Record<SnapshotFaultRow["fault"], string>> = {
  stale: "taken by other code",
  corrupt: "its text is not what was stored",
  ahead: "its stream does not reach so far",
  "other-history": "another event stands at its version",
  drift: "the full fold gives another state",
};

/** What was found wrong with snapshots, newest first. None of these was used after it was found. */
export function SnapshotFaults({ store, faults }: { store: string; faults: readonly SnapshotFaultRow[] }) {
  return (
    <Section title="Found wrong" className="border-t pb-4">
      {faults.length === 0 ? (
        <p className="px-4 py-2 text-muted">Nothing so far.</p>
      ) : (
        <ul className="px-4">
          {faults.map(({ stream, version, fault, changes, foundAt, healedAt }) => (
            <li
              key={`${stream} ${version} ${fault} ${foundAt}`}
              className="flex flex-wrap items-center gap-x-3 border-b py-1.5 last:border-b-0"
            >
              <StatusPill status={healedAt !== null ? "idle" : fault === "stale" ? "stale" : "bad"}>{fault}</StatusPill>
              <Link href={urls.stream(store, stream, { version })} className="link mono">
                {stream} at {version}
              </Link>
              <span className="text-muted">{words[fault]}</span>
              <PathsOf changes={changes} />
              <span className="ml-auto text-faint">
                <TimeCell at={foundAt} /> {healedAt === null ? "" : "· taken anew"}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

/** Only where states differ, never what stood there: values may be personal. */
function PathsOf({ changes }: { changes: unknown }) {
  if (!Array.isArray(changes) || changes.length === 0) return null;
  const paths = (changes as { path: string }[]).slice(0, 5).map(({ path }) => path || "state");
  return <span className="mono wrap-anywhere">{paths.join(", ")}</span>;
}

import { urls } from "@/app/_lib/urls";
import { Figure } from "@/app/_ui/figure";
import { formatCount, formatDuration, plural } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { RunStatePill } from "@/app/_ui/run-state-pill";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { Integrity } from "@/lib/queries/integrity";
import type { RunRow } from "@/lib/queries/list-runs";

/** How far history is signed, what is not signed yet, and what the latest verification found. */
export function IntegrityFigures({ store, found, run }: { store: string; found: Integrity; run: RunRow | undefined }) {
  const { latest, unsigned, builder } = found;
  return (
    <section aria-label="How it stands" className="border-b">
      <dl className="grid grid-cols-2 divide-line lg:grid-cols-4 lg:divide-x">
        <Figure label="Signed" value={latest === null ? "–" : plural(latest.size, "event")}>
          {latest === null ? (
            "no checkpoint yet"
          ) : (
            <>
              up to position {formatCount(latest.position)}, <TimeCell at={latest.signedAt} />
            </>
          )}
        </Figure>
        <Figure
          label="Not signed yet"
          value={`${formatCount(unsigned.events)}${unsigned.more ? " or more" : ""}`}
          title="Events below the high-water mark that the latest checkpoint does not speak of"
        >
          {unsigned.events === 0 ? "nothing waits" : `the oldest for ${formatDuration(unsigned.ageMs)}`}
        </Figure>
        <Figure
          label="Built by"
          value={builder === null ? "nobody" : "a worker"}
          {...(builder === null ? {} : { title: builder })}
        >
          {builder === null ? (
            <span className="text-warn">no worker with the log's key runs</span>
          ) : (
            <span className="mono block truncate">{builder}</span>
          )}
        </Figure>
        <Figure label="Latest verification" value={run === undefined ? "never" : foundBy(run)}>
          {run === undefined ? (
            "nothing was compared yet"
          ) : (
            <span className="flex flex-wrap items-center gap-x-2">
              <RunStatePill store={store} run={run} />
              <Link className="link" href={urls.run(store, run.id)}>
                run {run.id}
              </Link>
              <TimeCell at={run.endedAt ?? run.createdAt} />
            </span>
          )}
        </Figure>
      </dl>
    </section>
  );
}

function foundBy({ problems, state }: RunRow): string {
  if (problems > 0) return plural(problems, "fault");
  return state === "succeeded" ? "no fault" : "not at its end";
}

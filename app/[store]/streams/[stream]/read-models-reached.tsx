import { urls } from "@/app/_lib/urls";
import { formatDuration, plural } from "@/app/_ui/format";
import { Glyph, type Status } from "@/app/_ui/glyph";
import { Link } from "@/app/_ui/link.client";
import type { StreamReach } from "@/lib/queries/stream-page";

/** How far each read model has come with a stream. */
export function ReadModelsReached({ store, reaches }: { store: string; reaches: readonly StreamReach[] }) {
  return (
    <section aria-label="Read models" className="flex flex-wrap items-center gap-x-4 gap-y-1 border-t px-4 py-1.5">
      <h2 className="caps">Read models</h2>
      {reaches.length === 0 ? <span className="text-muted">No projection reads this stream.</span> : null}
      {reaches.map((reach) => (
        <span key={reach.consumer} className="inline-flex items-center gap-1.5">
          <Glyph status={statusOf(reach)} />
          <Link href={urls.projection(store, reach.consumer)} className="link">
            {reach.consumer}
          </Link>
          <span className="text-muted text-data">{wordsOf(reach)}</span>
        </span>
      ))}
    </section>
  );
}

function statusOf({ state }: StreamReach): Status {
  if (state === "behind") return "warn";
  return state === "unknown" ? "stale" : "ok";
}

function wordsOf(reach: StreamReach): string {
  if (reach.state === "inline") return "written with the append";
  if (reach.reachedVersion === null) return "unknown";
  if (reach.state !== "behind") return `version ${reach.reachedVersion}`;
  const waiting = reach.waitingMs === null ? "" : `, ${formatDuration(reach.waitingMs)}`;
  return `version ${reach.reachedVersion}, ${plural(reach.versionsBehind ?? 0, "version")} behind${waiting}`;
}

import { urls } from "@/app/_lib/urls";
import { formatCount, formatDuration, plural } from "@/app/_ui/format";
import { unknownWhy } from "@/app/_ui/lag-cell";
import { Link } from "@/app/_ui/link.client";
import { Section } from "@/app/_ui/page-header";
import { StatusPill } from "@/app/_ui/status-pill";
import type { InvariantFound } from "@/lib/queries/invariants";

/** What must always hold, as it was found when the page was drawn, and how fresh that is. */
export function Invariants({ store, found }: { store: string; found: readonly InvariantFound[] }) {
  if (found.length === 0) return null;
  return (
    <Section title="Invariants" className="border-t">
      <ul className="pb-1">
        {found.map((each) => (
          <li key={each.name} className="flex min-h-8 flex-wrap items-center gap-2.5 px-4">
            <StatusPill status={each.holds === null ? "stale" : each.holds ? "ok" : "bad"}>
              {each.holds === null ? "unknown" : each.holds ? "holds" : "broken"}
            </StatusPill>
            <span className="font-medium">{each.name}</span>
            <span className="text-muted">
              {each.found === null
                ? "its read model could not be asked"
                : `${formatCount(each.found)} over ${plural(each.rows ?? 0, "row")} of `}
              <Link className="link" href={urls.projection(store, each.projection)}>
                {each.projection}
              </Link>
              {freshness(each)}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function freshness({ inline, lag }: InvariantFound): string {
  if (inline) return ", written by the append itself, so as of now";
  if (!lag.known) return `, how fresh is unknown: ${unknownWhy(lag)}`;
  if (lag.events === 0) return ", which has every event";
  return `, ${plural(lag.events, "event")} behind, ${formatDuration(lag.ageMs)}`;
}

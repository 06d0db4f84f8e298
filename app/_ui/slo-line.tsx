import { urls } from "@/app/_lib/urls";
import type { SloStatus } from "@/lib/alerts/slo-status";
import { formatDuration } from "./format";
import { Link } from "./link.client";
import { budgetLeft, burnWords, knownShare, percent, sloStatusOf } from "./slo-words";
import { StatusPill } from "./status-pill";

/** A consumer's promise and how it is kept in one line, with the way to its page. */
export function SloLine({ store, slo }: { store: string; slo: SloStatus }) {
  const { status, word } = sloStatusOf(slo);
  return (
    <p className="flex flex-wrap items-center gap-x-3 gap-y-1 border-t px-4 py-2 text-data">
      <StatusPill status={status}>{word}</StatusPill>
      <span>
        SLO 30 d: {percent(slo.budget.attained)} of {percent(slo.target)} within {formatDuration(slo.objectiveMs)}
      </span>
      <span className="text-muted">
        budget {budgetLeft(slo)} left · burn {burnWords(slo.burn["1h"])} over 1 h
        {slo.budget.known !== null && slo.budget.known < 0.999
          ? ` · ${knownShare(slo.budget.known)} of the time known`
          : ""}
      </span>
      <Link className="link" href={urls.slo(store, slo.consumer)}>
        Open SLO
      </Link>
    </p>
  );
}

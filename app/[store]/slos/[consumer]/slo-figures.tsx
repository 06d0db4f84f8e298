import { Figure } from "@/app/_ui/figure";
import { formatDuration, formatTime, UNKNOWN } from "@/app/_ui/format";
import { budgetLeft, burnWords, knownShare, percent } from "@/app/_ui/slo-words";
import type { SloPage } from "@/lib/queries/slo-page";

const WINDOWS = ["1h", "6h", "24h", "30d"] as const;
const WORDS = { "1h": "1 h", "6h": "6 h", "24h": "24 h", "30d": "30 d" } as const;

/** Budget and burn. What is unknown is told beside what is left: no data is not good data. */
export function SloFigures({ page, now }: { page: SloPage; now: number }) {
  const { budget, burn, since, target } = page;
  const { allowedMs, spentMs, leftMs, leastLeftMs, attained, known } = budget;
  return (
    <>
      <dl className="grid grid-cols-2 gap-px bg-line *:bg-canvas lg:grid-cols-4">
        <Figure label="Budget left, 30 d" value={known === null ? UNKNOWN : budgetLeft(page)}>
          {`${formatDuration(spentMs)} of ${formatDuration(allowedMs)} spent`}
        </Figure>
        <Figure label="Attained" value={percent(attained)}>
          {`of the known time; the target is ${percent(target)}`}
        </Figure>
        <Figure label="Known" value={known === null ? UNKNOWN : knownShare(known)}>
          {known === null || known >= 0.999
            ? "of the time that has passed"
            : `at worst ${leastLeftMs < 0 ? "−" : ""}${formatDuration(Math.abs(leastLeftMs))} is left`}
        </Figure>
        <Figure
          label="Kept track of"
          value={since === null ? UNKNOWN : formatDuration(Math.max(0, now - Date.parse(since)))}
        >
          {since === null ? "no sample yet" : `since ${formatTime(since, { year: true }).slice(0, 17)} UTC`}
        </Figure>
      </dl>
      <dl aria-label="Burn" className="grid grid-cols-2 gap-px border-t bg-line *:bg-canvas lg:grid-cols-4">
        {WINDOWS.map((window) => (
          <Figure key={window} label={`Burn over ${WORDS[window]}`} value={burnWords(burn[window])}>
            {burnMeans(burn[window], leftMs, allowedMs)}
          </Figure>
        ))}
      </dl>
    </>
  );
}

/** When the budget is gone if it goes on like this. */
function burnMeans(burn: number | null, leftMs: number, allowedMs: number): string {
  if (burn === null) return "too little of it is known";
  if (burn === 0) return "nothing spent";
  if (leftMs <= 0) return "the budget is spent";
  const days = (leftMs / allowedMs) * (30 / burn);
  return burn <= 1 ? "the budget lasts" : `spent in ${formatDuration(days * 86_400_000)} at this rate`;
}

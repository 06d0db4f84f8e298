import { urls } from "@/app/_lib/urls";
import { formatDuration } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { Section } from "@/app/_ui/page-header";
import { num, PlainTable } from "@/app/_ui/plain-table";
import { percent } from "@/app/_ui/slo-words";
import { TimeCell } from "@/app/_ui/time-cell.client";
import { DEFAULT_TARGET } from "@/lib/alerts/slo";
import type { SloPage } from "@/lib/queries/slo-page";

/** Who promised what instead of what, from the audit; the time leads to its record. */
export function SloChanges({
  store,
  page: { changes, changedBy },
}: {
  store: string;
  page: Pick<SloPage, "changes" | "changedBy">;
}) {
  return (
    <Section title="Changes of the objective" className="border-t">
      {changes.length === 0 ? (
        <p className="px-4 pb-2 text-muted">
          {changedBy === null
            ? "Nobody has changed it; it is as declared in code."
            : `${changedBy} set it longer ago than the newest entries of the audit.`}
        </p>
      ) : (
        <PlainTable label="Changes of the objective" heads={["At", "By", num("Objective"), num("Target"), "Why"]}>
          {changes.map(({ event, at, by, reason, before, after }) => (
            <tr key={event} data-copy={event}>
              <td className="first">
                <Link data-row className="hover:text-brand" href={urls.event(store, event)}>
                  <TimeCell at={at} year />
                </Link>
              </td>
              <td className="second">{by ?? "–"}</td>
              <td className="num">{changed(age(before.objectiveMs), age(after.objectiveMs))}</td>
              <td className="num">
                {changed(percent(before.target ?? DEFAULT_TARGET), percent(after.target ?? DEFAULT_TARGET))}
              </td>
              <td className="clip text-muted">{reason ?? ""}</td>
            </tr>
          ))}
        </PlainTable>
      )}
    </Section>
  );
}

function age(ms: number | null): string {
  return ms === null ? "as declared" : formatDuration(ms);
}

function changed(before: string, after: string): string {
  return before === after ? after : `${before} → ${after}`;
}

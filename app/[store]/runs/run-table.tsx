import { urls } from "@/app/_lib/urls";
import { formatAgo, formatDuration } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { num, PlainTable } from "@/app/_ui/plain-table";
import { RunProgress } from "@/app/_ui/run-progress";
import { aboutWords } from "@/app/_ui/run-state";
import { RunStatePill } from "@/app/_ui/run-state-pill";
import type { RunRow } from "@/lib/queries/list-runs";

/** Runs, newest first: what, how far, who and why. */
export function RunTable({ store, runs, now }: { store: string; runs: readonly RunRow[]; now: number }) {
  return (
    <PlainTable label="Runs" heads={["Run", "State", "Progress", "Begun", num("Took"), "By", "Why"]}>
      {runs.map((run) => (
        <tr key={run.id} data-copy={run.id}>
          <td className="first">
            <Link href={urls.run(store, run.id)} data-row className="font-medium hover:text-brand">
              R-{run.id} {run.kind}
            </Link>
            {run.subject ? <span className="text-muted"> of {aboutWords(run)}</span> : null}
          </td>
          <td className="second">
            <RunStatePill store={store} run={run} />
          </td>
          <td>
            <RunProgress run={run} compact />
          </td>
          <td className="text-muted">
            <time dateTime={run.createdAt} title={run.createdAt}>
              {formatAgo(run.createdAt, now)}
            </time>
          </td>
          <td className="num wide text-muted">{tookOf(run, now)}</td>
          <td className="text-muted">{run.requestedBy}</td>
          <td className="clip break w-[30%] text-muted" title={run.reason ?? undefined}>
            {[run.ticket, run.reason].filter(Boolean).join(" · ")}
          </td>
        </tr>
      ))}
    </PlainTable>
  );
}

function tookOf({ startedAt, endedAt }: RunRow, now: number): string {
  if (startedAt === null) return "–";
  return formatDuration((endedAt === null ? now : Date.parse(endedAt)) - Date.parse(startedAt));
}

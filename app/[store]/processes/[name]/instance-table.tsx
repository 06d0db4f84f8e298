import { urls } from "@/app/_lib/urls";
import { formatAgo, formatDuration } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { num, PlainTable } from "@/app/_ui/plain-table";
import { StatusPill } from "@/app/_ui/status-pill";
import type { InstanceRow } from "@/lib/queries/process-page";

/** Instances, the last moved first: where each stands, and until when it waits. */
export function InstanceTable({
  store,
  process,
  rows,
  now,
}: {
  store: string;
  process: string;
  rows: readonly InstanceRow[];
  now: number;
}) {
  return (
    <PlainTable label="Instances" heads={["Instance", "Status", "Waits for", "Next timer", num("Inputs"), "Moved"]}>
      {rows.map((row) => (
        <tr key={row.instance} data-copy={row.instance}>
          <td className="first">
            <Link
              href={urls.processInstance(store, process, row.instance)}
              data-row
              className="mono font-medium hover:text-brand"
            >
              {row.instance}
            </Link>
          </td>
          <td className="second">
            <InstanceStatus row={row} />
          </td>
          <td className="text-muted">{row.stage}</td>
          <td className="text-muted">
            {row.timer ? (
              <time dateTime={row.timer.dueAt} title={row.timer.dueAt}>
                {row.timer.name} {untilWords(row.timer.dueAt, now)}
              </time>
            ) : (
              "–"
            )}
          </td>
          <td className="num">{row.inputs}</td>
          <td className="text-muted">
            <time dateTime={row.updatedAt} title={row.updatedAt}>
              {formatAgo(row.updatedAt, now)}
            </time>
          </td>
        </tr>
      ))}
    </PlainTable>
  );
}

/** The one state of an instance that matters most. Waiting is normal; stuck and overdue are not. */
export function InstanceStatus({ row }: { row: Pick<InstanceRow, "status" | "stuck" | "overdue" | "attempts"> }) {
  if (row.stuck) return <StatusPill status="bad">stuck, {row.attempts} failures</StatusPill>;
  if (row.overdue) return <StatusPill status="warn">overdue</StatusPill>;
  if (row.status === "running") return <StatusPill status="run">waiting</StatusPill>;
  return <StatusPill status={row.status === "ended" ? "ok" : "idle"}>{row.status}</StatusPill>;
}

/** How long until a deadline, or since when it has passed. */
export function untilWords(dueAt: string, now: number): string {
  const left = Date.parse(dueAt) - now;
  return left >= 0 ? `in ${formatDuration(left)}` : `${formatDuration(-left)} ago`;
}

import { urls } from "@/app/_lib/urls";
import { formatBytes, formatCount, formatDuration } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { num, PlainTable } from "@/app/_ui/plain-table";
import { StatusPill } from "@/app/_ui/status-pill";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { SnapshotRow } from "@/lib/queries/snapshots-page";

/** Each stream's newest snapshot: how far it is behind, how large it is, what it saves, whether it was verified. */
export function SnapshotTable({
  store,
  rows,
  selected,
  here,
}: {
  store: string;
  rows: readonly SnapshotRow[];
  selected: string | undefined;
  here: (change: Readonly<Record<string, string | undefined>>) => string;
}) {
  return (
    <PlainTable
      label="Snapshots"
      heads={[
        "Stream",
        num("Version"),
        num("Gap", "Versions behind the stream's last: what a load has to fold"),
        num("Size"),
        num("Folded in", "What folding its events took when it was taken"),
        "Code",
        "Taken",
        "Verified",
      ]}
      whole={false}
    >
      {rows.map((row) => (
        <tr key={row.stream} data-copy={row.stream} aria-current={row.stream === selected ? "true" : undefined}>
          <td className="first">
            <Link
              href={here({ sel: row.stream })}
              data-row
              scroll={false}
              className="mono font-medium hover:text-brand"
            >
              {row.stream}
            </Link>
          </td>
          <td className="num">
            <Link href={urls.stream(store, row.stream, { version: row.version })} className="link">
              {formatCount(row.version)}
            </Link>
          </td>
          <td className="num">{formatCount(row.gap)}</td>
          <td className="num text-muted">{formatBytes(row.bytes)}</td>
          <td className="num text-muted" title={`${formatCount(row.foldedEvents)} events`}>
            {formatDuration(row.foldMs)}
          </td>
          <td className="second">
            <StatusPill status={row.state === "current" ? "ok" : "stale"} title={`fingerprint ${row.fingerprint}`}>
              {row.state}
            </StatusPill>
          </td>
          <td className="text-muted">
            <TimeCell at={row.takenAt} />
          </td>
          <td className="text-muted">{row.verifiedAt ? <TimeCell at={row.verifiedAt} /> : "–"}</td>
        </tr>
      ))}
    </PlainTable>
  );
}

import { urls } from "@/app/_lib/urls";
import { Link } from "@/app/_ui/link.client";
import { PlainTable } from "@/app/_ui/plain-table";
import { StatusPill } from "@/app/_ui/status-pill";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { AuditRecord } from "@/lib/queries/list-audit";

/** Entries of the audit. Who, act and target are links that filter by them. */
export function AuditTable({ store, entries }: { store: string; entries: readonly AuditRecord[] }) {
  return (
    <PlainTable
      label="Acts of operators and refused attempts"
      heads={[
        "When",
        "Who",
        "Act",
        "Target",
        "Outcome",
        "Why",
        "What",
        { name: "Approved", title: "The hash of the preview that was approved" },
      ]}
    >
      {entries.map((entry) => (
        <tr key={entry.id} data-copy={entry.id}>
          <td className="first">
            <TimeCell at={entry.at} year />
          </td>
          <td>
            <Filter store={store} name="actor" value={entry.actor} />
          </td>
          <td>
            <Filter store={store} name="act" value={entry.act} />
          </td>
          <td>
            <Filter store={store} name="target" value={entry.target} />
          </td>
          <td className="second">
            {entry.outcome === "done" ? (
              <StatusPill status="ok">done</StatusPill>
            ) : (
              <StatusPill status="bad">refused{entry.code ? `: ${entry.code}` : ""}</StatusPill>
            )}
          </td>
          <td className="clip break w-[20%] text-muted" title={entry.reason ?? undefined}>
            {[entry.ticket, entry.reason].filter(Boolean).join(" · ")}
          </td>
          <td className="clip break w-[32%]">
            <Link href={urls.event(store, entry.id)} data-row title={entry.summary} className="hover:text-brand">
              {entry.summary}
            </Link>
          </td>
          <td className="wide mono text-muted" title={entry.preview ?? undefined}>
            {entry.preview?.slice(0, 8)}
          </td>
        </tr>
      ))}
    </PlainTable>
  );
}

function Filter({ store, name, value }: { store: string; name: "actor" | "act" | "target"; value: string | null }) {
  if (value === null) return <span className="text-faint">–</span>;
  return (
    <Link href={urls.audit(store, { [name]: value })} title={`Only this ${name}`} className="hover:text-brand">
      {value.length > 40 ? `${value.slice(0, 40)}…` : value}
    </Link>
  );
}

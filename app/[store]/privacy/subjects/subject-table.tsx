import { urls } from "@/app/_lib/urls";
import { IdChip } from "@/app/_ui/id-chip";
import { Link } from "@/app/_ui/link.client";
import { PlainTable } from "@/app/_ui/plain-table";
import { StatusPill } from "@/app/_ui/status-pill";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { SubjectRow } from "@/lib/queries/list-subjects";

/** Persons by digest, the newest first. */
export function SubjectTable({ store, subjects }: { store: string; subjects: readonly SubjectRow[] }) {
  return (
    <PlainTable label="Subjects" heads={["Person", "State", "First sealed", "Tenant", "Hold", "Request"]} whole={false}>
      {subjects.map((row) => (
        <tr key={row.subject} data-copy={row.subject}>
          <td className="first">
            <IdChip id={row.subject} what="digest" href={urls.subject(store, row.subject)} />
          </td>
          <td className="second">
            <SubjectState state={row.state} epoch={row.epoch} />
          </td>
          <td className="text-muted">
            <TimeCell at={row.since} year />
          </td>
          <td className="text-muted">{row.tenant ?? "none"}</td>
          <td>
            {row.heldSince === null ? <span className="text-muted">none</span> : <HoldPill since={row.heldSince} />}
          </td>
          <td>
            {row.request === null ? (
              <span className="text-muted">none</span>
            ) : (
              <Link href={urls.shred(store, row.request.id)} className="link">
                {row.request.overdue ? "overdue" : "open"}
              </Link>
            )}
          </td>
        </tr>
      ))}
    </PlainTable>
  );
}

/** How a person stands by their latest key: `epoch` is above 1 for somebody who was forgotten and came back. */
export function SubjectState({ state, epoch }: { state: "live" | "destroyed"; epoch: number }) {
  if (state === "destroyed") return <StatusPill status="shred">forgotten</StatusPill>;
  return <StatusPill status="ok">{epoch === 1 ? "key live" : `key live, epoch ${epoch}`}</StatusPill>;
}

/** A legal hold that stands. */
export function HoldPill({ since }: { since: string }) {
  return <StatusPill status="warn">held since {since.slice(0, 10)}</StatusPill>;
}

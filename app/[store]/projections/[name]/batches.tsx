import { urls } from "@/app/_lib/urls";
import { formatCount, formatDuration } from "@/app/_ui/format";
import { Section } from "@/app/_ui/page-header";
import { PositionPill } from "@/app/_ui/position-pill";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { BatchRow } from "@/lib/queries/projection-page";

/** The newest committed batches: what each took in, how long it worked, and who did it. */
export function Batches({ store, rows }: { store: string; rows: readonly BatchRow[] }) {
  if (rows.length === 0) return null;
  return (
    <Section title="Latest batches" className="border-t">
      <table className="table stack plain" aria-label="Latest batches">
        <thead>
          <tr>
            <th scope="col">Committed</th>
            <th scope="col" className="num">
              Events
            </th>
            <th scope="col" className="num">
              Worked
            </th>
            <th scope="col">Up to</th>
            <th scope="col" className="num">
              Partition
            </th>
            <th scope="col">Worker</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <td className="first text-muted">
                <TimeCell at={row.committedAt} />
              </td>
              <td className="num second">{formatCount(row.events)}</td>
              <td className="num">{formatDuration(row.workingMs)}</td>
              <td>
                <PositionPill
                  position={row.toPosition}
                  href={urls.events(store, { before: String(BigInt(row.toPosition) + 1n) })}
                />
              </td>
              <td className="num wide text-muted">{row.partition}</td>
              <td className="mono wide text-muted">{row.worker}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}

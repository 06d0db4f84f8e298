import { urls } from "@/app/_lib/urls";
import { formatCount, formatDuration } from "@/app/_ui/format";
import { Section } from "@/app/_ui/page-header";
import { num, PlainTable } from "@/app/_ui/plain-table";
import { PositionPill } from "@/app/_ui/position-pill";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { BatchRow } from "@/lib/queries/projection-page";

/** The newest committed batches: what each took in, how long it worked, and who did it. */
export function Batches({ store, rows }: { store: string; rows: readonly BatchRow[] }) {
  if (rows.length === 0) return null;
  return (
    <Section title="Latest batches" className="border-t">
      <PlainTable
        label="Latest batches"
        heads={["Committed", num("Events"), num("Worked"), "Up to", num("Partition"), "Worker"]}
      >
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
      </PlainTable>
    </Section>
  );
}

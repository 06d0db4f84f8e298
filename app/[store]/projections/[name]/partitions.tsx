import { formatCount } from "@/app/_ui/format";
import { Section } from "@/app/_ui/page-header";
import { StatusPill } from "@/app/_ui/status-pill";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { PartitionRow } from "@/lib/queries/projection-page";

/** The partitions of a projection: who holds each, and how far it is. */
export function Partitions({ rows, highWater }: { rows: readonly PartitionRow[]; highWater: string }) {
  return (
    <Section title={`Partitions ${rows.length}`} className="border-t">
      <table className="table stack plain" aria-label="Partitions">
        <thead>
          <tr>
            <th scope="col">Partition</th>
            <th scope="col">State</th>
            <th scope="col">Owner</th>
            <th scope="col" className="num">
              Checkpoint
            </th>
            <th
              scope="col"
              className="num"
              title="Positions between the checkpoint and the high-water mark; not a count of events"
            >
              To the mark
            </th>
            <th scope="col">Moved</th>
            <th scope="col" className="num">
              Slices
            </th>
            <th scope="col" className="num">
              Epoch
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.partition}>
              <td className="first">{row.partition}</td>
              <td className="second">
                {row.error !== null ? (
                  <StatusPill status="bad">faulted</StatusPill>
                ) : row.owned ? (
                  <StatusPill status="ok">held</StatusPill>
                ) : (
                  <StatusPill status="stale">not held</StatusPill>
                )}
              </td>
              <td className="mono clip max-w-48">{row.owner ?? "–"}</td>
              <td className="num mono">{formatCount(row.checkpoint)}</td>
              <td className="num wide text-muted">{formatCount(distance(highWater, row.checkpoint))}</td>
              <td className="text-muted">
                <TimeCell at={row.checkpointAt} />
              </td>
              <td className="num wide text-muted">
                {row.sliceFrom}–{row.sliceTo - 1}
              </td>
              <td className="num wide text-muted">{row.epoch}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}

function distance(to: string, from: string): bigint {
  const gap = BigInt(to) - BigInt(from);
  return gap > 0n ? gap : 0n;
}

import { urls } from "@/app/_lib/urls";
import { CopyButton } from "@/app/_ui/copy-button.client";
import { formatCount } from "@/app/_ui/format";
import { IdChip } from "@/app/_ui/id-chip";
import { Link } from "@/app/_ui/link.client";
import { num, PlainTable } from "@/app/_ui/plain-table";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { Checkpoint } from "@/lib/queries/integrity";

/** Signed checkpoints, the latest first: each with its note to copy and keep. */
export function CheckpointTable({
  store,
  rows,
  selected,
  here,
}: {
  store: string;
  rows: readonly Checkpoint[];
  selected: number | undefined;
  here: (change: { sel: string }) => string;
}) {
  return (
    <PlainTable
      label="Checkpoints"
      heads={[num("Events", "How many events it speaks of"), num("Up to position"), "Signed", "Root", "Note"]}
      whole={false}
    >
      {rows.map((row) => (
        <tr key={row.size} data-copy={row.note} aria-current={row.size === selected ? "true" : undefined}>
          <td className="num">
            <Link
              href={here({ sel: String(row.size) })}
              data-row
              scroll={false}
              className="font-medium hover:text-brand"
            >
              {formatCount(row.size)}
            </Link>
          </td>
          <td className="num">
            <Link href={urls.position(store, row.position)} className="link">
              {formatCount(row.position)}
            </Link>
          </td>
          <td className="text-muted">
            <TimeCell at={row.signedAt} />
          </td>
          <td className="break">
            <IdChip id={row.root} what="root" whole />
          </td>
          <td>
            <CopyButton text={row.note} what="note" />
          </td>
        </tr>
      ))}
    </PlainTable>
  );
}

"use client";
import { urls } from "@/app/_lib/urls";
import { formatBytes, formatCount } from "@/app/_ui/format";
import { type ColumnLook, type KeysetColumn, KeysetTable } from "@/app/_ui/keyset-table.client";
import { Link } from "@/app/_ui/link.client";
import { PositionPill } from "@/app/_ui/position-pill";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { StreamRow } from "@/lib/queries/stream-row";

const looks: Readonly<Record<string, ColumnLook>> = {
  stream: { cell: "first clip w-[34%]", head: "w-[34%]" },
  category: { cell: "wide clip w-[14%] text-muted", head: "w-[14%]" },
  version: { cell: "num second w-24", head: "num w-24", title: "Version of its last event" },
  bytes: { cell: "num wide w-24 text-muted", head: "num w-24", title: "Bytes of all stored payloads" },
  lastType: { cell: "clip bare text-muted", head: "" },
  updated: { cell: "w-44 text-muted", head: "w-44" },
  last: { cell: "wide w-28", head: "w-28" },
};

/** The rows of the stream list. */
export function StreamTable({ store, rows }: { store: string; rows: readonly StreamRow[] }) {
  return (
    <KeysetTable
      label="Streams"
      columns={columnsOf(store)}
      looks={looks}
      rows={rows}
      rowId={(row) => row.stream}
      copyOf={(row) => row.stream}
    />
  );
}

function columnsOf(store: string): KeysetColumn<StreamRow>[] {
  return [
    {
      id: "stream",
      header: "Stream",
      cell: ({ row: { original } }) => (
        <Link href={urls.stream(store, original.stream)} data-row className="mono font-medium hover:text-brand">
          {original.stream}
        </Link>
      ),
    },
    {
      id: "category",
      header: "Category",
      cell: ({ row: { original } }) => (
        <Link href={urls.streams(store, { category: original.category })} className="link">
          {original.category}
        </Link>
      ),
    },
    { id: "version", header: "Version", cell: ({ row: { original } }) => formatCount(original.version) },
    { id: "bytes", header: "Size", cell: ({ row: { original } }) => formatBytes(original.bytes) },
    { id: "lastType", header: "Last event", cell: ({ row: { original } }) => original.lastType ?? "" },
    { id: "updated", header: "Last recorded", cell: ({ row: { original } }) => <TimeCell at={original.updatedAt} /> },
    {
      id: "last",
      header: "Last position",
      cell: ({ row: { original } }) =>
        original.lastPosition === null ? (
          "–"
        ) : (
          <PositionPill position={original.lastPosition} href={urls.position(store, original.lastPosition)} />
        ),
    },
  ];
}

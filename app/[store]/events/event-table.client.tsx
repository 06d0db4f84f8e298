"use client";
import { memo, useMemo } from "react";
import { urls } from "@/app/_lib/urls";
import { formatBytes, shortId } from "@/app/_ui/format";
import { type ColumnLook, type KeysetColumn, KeysetTable } from "@/app/_ui/keyset-table.client";
import { Link } from "@/app/_ui/link.client";
import { PositionPill } from "@/app/_ui/position-pill";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { EventRow } from "@/lib/queries/event-row";

const looks: Readonly<Record<string, ColumnLook>> = {
  position: { cell: "w-28 second bare", head: "w-28" },
  time: { cell: "w-44 bare text-muted", head: "w-44" },
  type: { cell: "first clip w-[24%]", head: "w-[24%]" },
  stream: { cell: "clip bare w-[20%] max-md:w-auto", head: "w-[20%]" },
  version: { cell: "num wide w-16 text-muted", head: "num w-16", title: "Version in its stream" },
  actor: { cell: "clip wide w-[14%] text-muted", head: "w-[14%]" },
  correlation: { cell: "wide w-36", head: "w-36" },
  size: { cell: "num wide w-20 text-muted", head: "num w-20", title: "Bytes of the stored payload" },
};

/**
 * The rows of the event log; the first `fresh` of them have just come in. The type opens the event, the stream its page,
 * the correlation its trace. Drawn again only for other rows: a press beside them must not wait for all of them.
 */
export const EventTable = memo(
  ({ store, rows, fresh = 0 }: { store: string; rows: readonly EventRow[]; fresh?: number }) => {
    const columns = useMemo(() => columnsOf(store), [store]);
    return (
      <KeysetTable
        label="Events"
        columns={columns}
        looks={looks}
        rows={rows}
        rowId={(row) => row.position}
        copyOf={(row) => row.id}
        rowClass={(_row, index) => (index < fresh ? "fresh" : undefined)}
      />
    );
  },
);

function columnsOf(store: string): KeysetColumn<EventRow>[] {
  return [
    {
      id: "position",
      header: "Position",
      cell: ({ row: { original } }) => (
        <PositionPill position={original.position} href={urls.position(store, original.position)} />
      ),
    },
    { id: "time", header: "Recorded", cell: ({ row: { original } }) => <TimeCell at={original.recordedAt} /> },
    {
      id: "type",
      header: "Event",
      cell: ({ row: { original } }) => (
        <Link href={urls.event(store, original.id)} data-row className="font-medium hover:text-brand">
          {original.type}
          <span className="ml-1.5 font-normal text-faint text-label">v{original.schemaVersion}</span>
        </Link>
      ),
    },
    {
      id: "stream",
      header: "Stream",
      cell: ({ row: { original } }) => (
        <Link href={urls.stream(store, original.stream)} className="link mono">
          {original.stream}
        </Link>
      ),
    },
    { id: "version", header: "Ver", cell: ({ row: { original } }) => original.version },
    { id: "actor", header: "Actor", cell: ({ row: { original } }) => original.actor ?? "–" },
    {
      id: "correlation",
      header: "Trace",
      cell: ({ row: { original } }) => (
        <Link href={urls.trace(store, original.correlationId)} className="link mono" title={original.correlationId}>
          {shortId(original.correlationId)}
        </Link>
      ),
    },
    { id: "size", header: "Size", cell: ({ row: { original } }) => formatBytes(original.bytes) },
  ];
}

"use client";
import { urls } from "@/app/_lib/urls";
import type { ProjectionRow } from "@/lib/queries/list-projections";
import { formatDuration, formatFlow, UNKNOWN } from "./format";
import { type ColumnLook, type KeysetColumn, KeysetTable } from "./keyset-table.client";
import { LagAge, LagCount } from "./lag-cell";
import { Link } from "./link.client";
import { catchUpWords, projectionStatus } from "./projection-state";
import { Sparkline } from "./sparkline";
import { StatusPill } from "./status-pill";

const looks: Readonly<Record<string, ColumnLook>> = {
  name: { cell: "first clip w-[22%]", head: "w-[22%]" },
  state: { cell: "second w-28", head: "w-28" },
  age: {
    cell: "num w-28",
    head: "num w-28",
    title: "Age of the oldest unprocessed event",
  },
  behind: { cell: "num w-24", head: "num w-24", title: "Unprocessed events" },
  rate: {
    cell: "num wide w-28 text-muted",
    head: "num w-28",
    title: "Events in and out, a second over the last minute",
  },
  catchUp: { cell: "wide w-32 text-muted", head: "w-32" },
  trend: { cell: "wide w-32", head: "w-32", title: "Age over the last 60 seconds" },
  slo: {
    cell: "num wide w-44 text-muted",
    head: "num w-44",
    title: "The staleness objective, and what is left of its error budget of 30 days",
  },
  owner: { cell: "clip wide text-muted", head: "" },
};

/** Every projection, worst first: its state, how old and how many its unprocessed events are, and whether it will recover. */
export function ProjectionTable({
  store,
  rows,
  budgets = {},
}: {
  store: string;
  rows: readonly ProjectionRow[];
  /** What is left of each error budget, in words. */
  budgets?: Readonly<Record<string, string>>;
}) {
  return (
    <KeysetTable
      label="Projections"
      columns={columnsOf(store, budgets)}
      looks={looks}
      rows={rows}
      rowId={(row) => row.name}
      copyOf={(row) => row.name}
    />
  );
}

function columnsOf(store: string, budgets: Readonly<Record<string, string>>): KeysetColumn<ProjectionRow>[] {
  return [
    {
      id: "name",
      header: "Projection",
      cell: ({ row: { original } }) => (
        <Link
          href={urls.projection(store, original.name)}
          data-row
          title={original.description ?? original.name}
          className="font-medium hover:text-brand"
        >
          {original.name}
        </Link>
      ),
    },
    {
      id: "state",
      header: "State",
      cell: ({ row: { original } }) => (
        <StatusPill status={projectionStatus[original.state]} title={original.reason ?? undefined}>
          {original.state === "parked" ? `parked ${original.parked.waiting}` : original.state}
        </StatusPill>
      ),
    },
    {
      id: "age",
      header: "Oldest unproc.",
      cell: ({ row: { original } }) => <LagAge lag={original.lag} sloMs={original.sloMs} />,
    },
    { id: "behind", header: "Behind", cell: ({ row: { original } }) => <LagCount lag={original.lag} /> },
    {
      id: "rate",
      header: "In / out",
      cell: ({ row: { original } }) => formatFlow(original.rateIn, original.rateOut),
    },
    {
      id: "catchUp",
      header: "Catch-up",
      cell: ({ row: { original } }) =>
        original.trend === "falling behind" ? `${catchUpWords(original)}, ${original.trend}` : catchUpWords(original),
    },
    {
      id: "trend",
      header: "Last minute",
      cell: ({ row: { original } }) => (
        <Sparkline
          values={original.spark}
          height={16}
          label={`Age of the oldest unprocessed event of ${original.name} over the last minute`}
          className={
            original.state === "lagging" || original.state === "stalled" ? "text-warn-solid" : "text-kind-projection"
          }
        />
      ),
    },
    {
      id: "slo",
      header: "Objective",
      cell: ({ row: { original } }) =>
        original.mode === "inline"
          ? "in append"
          : [formatDuration(original.sloMs), budgets[original.name]].filter(Boolean).join(" · "),
    },
    {
      id: "owner",
      header: "Partitions",
      cell: ({ row: { original } }) =>
        original.mode === "inline" ? UNKNOWN : `${original.partitionsOwned} of ${original.partitions} held`,
    },
  ];
}

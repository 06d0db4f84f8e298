"use client";
import dynamic from "next/dynamic";
import { useMemo } from "react";
import type { RowSpans } from "@/lib/queries/row-spans";
import { SpanPanel } from "./span-panel";
import { StateLink } from "./state-link.client";
import { StepList } from "./step-list.client";
import { useChosenSpans } from "./use-chosen-spans.client";
import { useTraceState } from "./use-trace-state.client";
import { Waterfall } from "./waterfall.client";
import { unpackRows } from "./wire-rows";

/** Only who looks at the graph loads what lays it out. */
const CausationGraph = dynamic(() => import("./causation-graph.client").then((module) => module.CausationGraph), {
  ssr: false,
  loading: () => <p className="px-4 py-6 text-muted">Laying out the graph …</p>,
});

const views = [
  { view: undefined, label: "Waterfall" },
  { view: "list", label: "List" },
  { view: "graph", label: "Graph" },
] as const;

/** The three ways of looking at one trace, all of them from the same rows, and the row that is chosen beside them. */
export function TraceView({
  store,
  packed,
  spans: given,
  startedAt,
  totalUs,
  traceUrl,
  failure,
}: {
  store: string;
  /** The rows, by `packRows`. */
  packed: string;
  /** Of the rows whose spans the page came with, by row. */
  spans: readonly (readonly [string, RowSpans])[];
  startedAt: string;
  totalUs: number;
  /** The address of a trace in an outside back end. */
  traceUrl: string | undefined;
  /** What is told in place of a chosen row. */
  failure: React.ReactNode;
}) {
  const { state } = useTraceState();
  const rows = useMemo(() => unpackRows(packed), [packed]);
  const chosen = useMemo(() => rows.find(({ id }) => id === state.span), [rows, state.span]);
  const known = useMemo(() => new Map(given), [given]);
  const found = useChosenSpans(store, chosen, startedAt, known);
  const spans = useMemo(() => {
    const shown = state.detail === "on" ? [...known] : [];
    return new Map([...shown, ...(chosen && found ? [[chosen.id, found] as const] : [])]);
  }, [known, chosen, found, state.detail]);
  return (
    <>
      <div className={chosen ? "xl:grid xl:grid-cols-[minmax(0,1fr)_340px]" : ""}>
        {state.view === "graph" ? (
          <CausationGraph rows={rows} />
        ) : state.view === "list" ? (
          <StepList rows={rows} totalUs={totalUs} />
        ) : (
          <Waterfall rows={rows} spans={spans} totalUs={totalUs} />
        )}
        {chosen ? (
          <SpanPanel store={store} row={chosen} startedAt={startedAt} spans={found} traceUrl={traceUrl} />
        ) : null}
      </div>
      {chosen ? null : failure}
    </>
  );
}

/** Switches between the ways of looking. */
export function ViewSwitch() {
  const { state } = useTraceState();
  return (
    <nav aria-label="View" className="flex items-center gap-1">
      {views.map(({ view, label }) => (
        <StateLink
          key={label}
          change={{ view }}
          aria-current={state.view === view ? "true" : undefined}
          className="btn h-6 aria-[current]:bg-selected"
        >
          {label}
        </StateLink>
      ))}
    </nav>
  );
}

"use client";
import dynamic from "next/dynamic";
import { useMemo } from "react";
import type { RowSpans } from "@/lib/queries/row-spans";
import { SpanPanel } from "./span-panel";
import { StateLink } from "./state-link.client";
import { StepList } from "./step-list.client";
import { useChosenSpans } from "./use-chosen-spans.client";
import { useTraceRows } from "./use-trace-rows.client";
import { useTraceState } from "./use-trace-state.client";
import { Waterfall } from "./waterfall.client";
import type { FirstView } from "./waterfall-view";

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
  first,
  spans: given,
  startedAt,
  totalUs,
  traceUrl,
  failure,
}: {
  store: string;
  /** The rows, by `packRows`; those of a big trace come after the page. */
  packed: string | Promise<string>;
  /** What the waterfall shows until they are there. */
  first: FirstView | undefined;
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
  const rows = useTraceRows(packed);
  const known = useMemo(() => new Map(given), [given]);
  const chosen = useMemo(
    () => (rows ?? (first?.chosen ? [first.chosen] : [])).find(({ id }) => id === state.span),
    [rows, first, state.span],
  );
  const found = useChosenSpans(store, chosen, startedAt, known);
  const spans = useMemo(() => {
    const shown = state.detail === "on" ? [...known] : [];
    return new Map([...shown, ...(chosen && found ? [[chosen.id, found] as const] : [])]);
  }, [known, chosen, found, state.detail]);
  return (
    <>
      <div className={chosen ? "xl:grid xl:grid-cols-[minmax(0,1fr)_340px]" : ""}>
        {state.view !== "graph" && state.view !== "list" ? (
          <Waterfall rows={rows} first={first} spans={spans} totalUs={totalUs} />
        ) : !rows ? (
          <p className="px-4 py-6 text-muted">Reading the rows …</p>
        ) : state.view === "graph" ? (
          <CausationGraph rows={rows} />
        ) : (
          <StepList rows={rows} totalUs={totalUs} />
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

"use client";
import dynamic from "next/dynamic";
import type { RowSpans } from "@/lib/queries/row-spans";
import { StateLink } from "./state-link.client";
import { StepList } from "./step-list.client";
import { useTraceState } from "./use-trace-state.client";
import { Waterfall } from "./waterfall.client";
import type { WireRow } from "./wire-rows";

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

/** The three ways of looking at one trace; all of them from the same rows. */
export function TraceView(props: {
  rows: readonly WireRow[];
  spans: readonly (readonly [string, RowSpans])[];
  totalUs: number;
}) {
  const { state } = useTraceState();
  if (state.view === "graph") return <CausationGraph rows={props.rows} />;
  if (state.view === "list") return <StepList rows={props.rows} />;
  return <Waterfall {...props} />;
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

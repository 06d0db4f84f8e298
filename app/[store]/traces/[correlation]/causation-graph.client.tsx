"use client";
import "@xyflow/react/dist/style.css";
import dagre from "@dagrejs/dagre";
import { Background, Controls, Handle, type Node, type NodeProps, Position, ReactFlow } from "@xyflow/react";
import { useMemo } from "react";
import { formatCount, plural } from "@/app/_ui/format";
import { Glyph } from "@/app/_ui/glyph";
import { PlainTable } from "@/app/_ui/plain-table";
import type { Line } from "./folded-rows";
import { causationGraph, type CausationGraph as Graph } from "./graph-model";
import { StateLink } from "./state-link.client";
import { glyphOf, kindFill } from "./step";
import { useTraceState } from "./use-trace-state.client";
import type { WireRow } from "./wire-rows";

const WIDTH = 200;
const HEIGHT = 46;
const RANK_GAP = 48;

/** At first so many steps of causes are in sight, and never smaller than this: the whole of a long trace is a press away. */
const RANKS_FIRST = 5;
const READABLE = 0.7;

/** The library's own parts in our colours: it knows a dark theme by a class only, and ours may follow the system. */
const OURS = {
  "--xy-edge-stroke": "var(--color-line-strong)",
  "--xy-background-pattern-color": "var(--color-line-strong)",
  "--xy-attribution-background-color": "transparent",
  "--xy-controls-button-background-color": "var(--color-surface)",
  "--xy-controls-button-background-color-hover": "var(--color-hover)",
  "--xy-controls-button-color": "var(--color-ink)",
  "--xy-controls-button-color-hover": "var(--color-ink)",
  "--xy-controls-button-border-color": "var(--color-line)",
  "--xy-controls-box-shadow": "0 0 0 1px var(--color-line-strong)",
} as React.CSSProperties;

type StepNode = Node<{ readonly line: Line; readonly current: boolean }, "step">;

const nodeTypes = { step: StepCard };

/** What led to what. The same as a table stands below it. */
export function CausationGraph({ rows }: { rows: readonly WireRow[] }) {
  const { state } = useTraceState();
  const graph = useMemo(() => causationGraph(rows), [rows]);
  const places = useMemo(() => placesOf(graph), [graph]);
  const nodes = useMemo(
    () =>
      graph.nodes.map(
        (line): StepNode => ({
          id: line.id,
          type: "step",
          position: places.get(line.id) ?? { x: 0, y: 0 },
          width: WIDTH,
          height: HEIGHT,
          data: { line, current: line.id === state.span },
        }),
      ),
    [graph, places, state.span],
  );
  const beginning = nodes.filter(({ position }) => position.x < RANKS_FIRST * (WIDTH + RANK_GAP));
  const edges = useMemo(
    () => graph.edges.map(({ from, to }) => ({ id: `${from} ${to}`, source: from, target: to, focusable: false })),
    [graph],
  );
  return (
    <section aria-label="Causation graph">
      <p className="border-b px-4 py-1 text-data text-muted">
        {plural(graph.nodes.length, "node")}; five and more equal effects of one cause are one.
        {graph.left > 0 ? ` ${formatCount(graph.left)} rows further from the beginning are left out.` : ""}
      </p>
      <div className="h-[min(60dvh,640px)] border-b">
        <ReactFlow
          style={OURS}
          nodes={nodes}
          edges={edges}
          nodeTypes={nodeTypes}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          elementsSelectable={false}
          preventScrolling={false}
          minZoom={0.1}
          fitView
          fitViewOptions={{ minZoom: READABLE, maxZoom: 1, nodes: beginning }}
        >
          <Background />
          <Controls showInteractive={false} />
        </ReactFlow>
      </div>
      <GraphTable graph={graph} />
    </section>
  );
}

function StepCard({ data: { line, current } }: NodeProps<StepNode>) {
  const { row, times, failed, unfinished } = line;
  const glyph = glyphOf(row) ?? (failed > 0 ? "bad" : undefined);
  const words = [
    row.kind,
    ...(failed > 0 ? ["failed"] : unfinished > 0 && row.endUs === null ? [row.status] : []),
    ...(times > 1 ? [`× ${formatCount(times)}`] : []),
  ];
  const card = (
    <>
      <span className={`w-1 self-stretch rounded-l-card ${kindFill[row.kind]}`} aria-hidden="true" />
      <span className="min-w-0 flex-1 px-2">
        <span className="flex items-center gap-1.5">
          {glyph ? <Glyph status={glyph} /> : null}
          <span className="truncate font-medium">{row.name}</span>
        </span>
        <span className="block truncate text-label text-muted">{words.join(" · ")}</span>
      </span>
    </>
  );
  const look = `flex items-center rounded-card border bg-surface text-ink ${failed > 0 ? "border-bad-solid" : row.endUs === null ? "border-warn-solid border-dashed" : "border-line-strong"} ${current ? "bg-selected" : ""}`;
  return (
    // Nodes that can be neither moved nor selected let presses through, but the link in this one is for pressing.
    <div className="nopan pointer-events-auto" style={{ width: WIDTH, height: HEIGHT }}>
      <Handle type="target" position={Position.Left} className="invisible" />
      {times === 1 ? (
        <StateLink change={{ span: line.id }} data-row className={`${look} h-full`}>
          {card}
        </StateLink>
      ) : (
        <div className={`${look} h-full`}>{card}</div>
      )}
      <Handle type="source" position={Position.Right} className="invisible" />
    </div>
  );
}

function GraphTable({ graph }: { graph: Graph }) {
  const names = new Map(graph.nodes.map(({ id, row }) => [id, row.name]));
  const causes = new Map(graph.edges.map(({ from, to }) => [to, names.get(from)]));
  return (
    <details className="px-4 py-2">
      <summary className="cursor-pointer text-muted">As table</summary>
      <PlainTable label="The graph as a table" heads={["What", "Kind", "State", "Because of"]}>
        {graph.nodes.map(({ id, row, times, failed }) => (
          <tr key={id}>
            <td className="bare break font-medium">
              {row.name}
              {times > 1 ? ` × ${formatCount(times)}` : ""}
            </td>
            <td>{row.kind}</td>
            <td>{failed > 0 ? "failed" : row.status}</td>
            <td>{causes.get(id) ?? "–"}</td>
          </tr>
        ))}
      </PlainTable>
    </details>
  );
}

/** Where each node stands, causes left of their effects. */
function placesOf({ nodes, edges }: Graph): ReadonlyMap<string, { x: number; y: number }> {
  const layout = new dagre.graphlib.Graph();
  layout.setGraph({ rankdir: "LR", nodesep: 14, ranksep: RANK_GAP });
  layout.setDefaultEdgeLabel(() => ({}));
  for (const { id } of nodes) layout.setNode(id, { width: WIDTH, height: HEIGHT });
  for (const { from, to } of edges) layout.setEdge(from, to);
  dagre.layout(layout);
  return new Map(
    nodes.map(({ id }) => {
      const { x = 0, y = 0 } = layout.node(id) as { x?: number; y?: number };
      return [id, { x: x - WIDTH / 2, y: y - HEIGHT / 2 }];
    }),
  );
}

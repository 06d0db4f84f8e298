"use client";
import { useMemo, useRef } from "react";
import { formatDuration } from "@/app/_ui/format";
import { Glyph } from "@/app/_ui/glyph";
import { headNames } from "@/app/_ui/head-names";
import { Gap } from "./gap";
import { StateLink } from "./state-link.client";
import { glyphOf, kindFill, waited, worked } from "./step";
import { useTraceState } from "./use-trace-state.client";
import { useWindowRows } from "./use-window-rows.client";
import type { WireRow } from "./wire-rows";

/** The rows of a trace one after the other, as they began. */
export function StepList({ rows, totalUs }: { rows: readonly WireRow[]; totalUs: number }) {
  const { state } = useTraceState();
  const inOrder = useMemo(() => [...rows].sort((a, b) => a.startUs - b.startUs), [rows]);
  const body = useRef<HTMLTableSectionElement>(null);
  const { first, end } = useWindowRows(body, inOrder.length);
  return (
    <table
      className="table stack steps"
      style={headNames(["After", undefined, undefined, "Waited", "Worked"])}
      aria-label="Steps in the order of time"
      aria-rowcount={inOrder.length + 1}
    >
      <thead>
        <tr aria-rowindex={1}>
          <th scope="col" className="num w-24">
            After
          </th>
          <th scope="col">Name</th>
          <th scope="col" className="w-28">
            Kind
          </th>
          <th scope="col" className="num w-24">
            Waited
          </th>
          <th scope="col" className="num w-24">
            Worked
          </th>
        </tr>
      </thead>
      <tbody ref={body}>
        <Gap lines={first} />
        {inOrder.slice(first, end).map((row, index) => {
          const glyph = glyphOf(row);
          return (
            <tr
              key={row.id}
              className="h-(--line)"
              aria-rowindex={first + index + 2}
              aria-current={row.id === state.span ? "true" : undefined}
              data-copy={row.id.replace(/^.*:/, "")}
            >
              <td className="num text-muted">{formatDuration(row.startUs / 1000)}</td>
              <td className="first clip">
                <StateLink
                  change={{ span: row.id }}
                  data-row
                  className="inline-flex items-center gap-2 hover:text-brand"
                >
                  {glyph ? (
                    <Glyph status={glyph} />
                  ) : (
                    <span aria-hidden="true" className={`size-2 rounded-[2px] ${kindFill[row.kind]}`} />
                  )}
                  {row.name}
                </StateLink>
              </td>
              <td className="text-muted max-md:-order-1">{row.kind}</td>
              <td className="num text-muted">
                {row.kind === "command" || row.kind === "event" ? "" : waited(row, totalUs)}
              </td>
              <td className="num">{row.kind === "event" ? "" : worked(row)}</td>
            </tr>
          );
        })}
        <Gap lines={inOrder.length - end} />
      </tbody>
    </table>
  );
}

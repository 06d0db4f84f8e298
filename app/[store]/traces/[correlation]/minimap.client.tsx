"use client";
import { useRef, useState } from "react";
import { formatDuration } from "@/app/_ui/format";
import type { TimeAxis } from "@/app/_ui/time-axis";
import { StateLink } from "./state-link.client";
import { COLUMNS, type Strip, stripPlace } from "./strip";
import { parseRange, type Range } from "./trace-state";

const HEIGHT = 32;

/** The whole trace in one strip: how much went on when, where it failed. A range is drawn over it or typed beside it. */
export function Minimap({
  strip: { busy, failed },
  axis,
  range,
  totalUs,
  onRange,
}: {
  strip: Strip;
  axis: TimeAxis;
  range: Range | undefined;
  totalUs: number;
  onRange: (text: string | undefined) => void;
}) {
  const [drawn, setDrawn] = useState<readonly [number, number]>();
  const [fault, setFault] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const top = Math.log1p(Math.max(1, ...busy));
  const at = (event: React.PointerEvent<SVGSVGElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - left) / width)) * COLUMNS;
  };
  const shown = drawn ?? (range ? [stripPlace(axis, range.from), stripPlace(axis, range.to)] : undefined);
  const text = range ? `${formatDuration(range.from / 1000)} - ${formatDuration(range.to / 1000)}` : "";
  const choose = (ends: readonly [number, number]) => {
    const [from, to] = ends
      .map((column) => Math.round(axis.timeAt((column / COLUMNS) * 100) * 1000))
      .sort((a, b) => a - b);
    if (from !== undefined && to !== undefined && Math.abs(ends[0] - ends[1]) > 2 && from < to)
      onRange(`${from}-${to}`);
  };
  return (
    <div className="flex items-center gap-3 border-b px-4 py-1 max-md:hidden">
      <svg
        role="img"
        aria-label={`The whole trace, ${formatDuration(totalUs / 1000)}; ${text === "" ? "all of it is shown" : `shown is ${text}`}`}
        viewBox={`0 0 ${COLUMNS} ${HEIGHT}`}
        preserveAspectRatio="none"
        className="block min-w-0 flex-1 cursor-crosshair touch-none text-kind-event"
        style={{ height: HEIGHT }}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setDrawn([at(event), at(event)]);
        }}
        onPointerMove={(event) => setDrawn((before) => (before ? [before[0], at(event)] : before))}
        onPointerUp={() => {
          if (drawn) choose(drawn);
          setDrawn(undefined);
        }}
        onPointerCancel={() => setDrawn(undefined)}
      >
        {axis.cuts.map((cut) => (
          <rect
            key={cut.at}
            x={(cut.at / 100) * COLUMNS}
            width={(cut.width / 100) * COLUMNS}
            height={HEIGHT}
            className="fill-subtle"
          />
        ))}
        {shown ? (
          <rect
            x={Math.min(...shown)}
            width={Math.max(0.5, Math.abs(shown[1] - shown[0]))}
            height={HEIGHT}
            className="fill-selected"
          />
        ) : null}
        <path d={barsOf(busy, top)} fill="currentColor" />
        <path d={barsOf(failed, top)} className="fill-bad-solid" />
      </svg>
      <form
        className="flex items-center gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          const typed = parseRange(input.current?.value);
          const empty = input.current?.value.trim() === "";
          setFault(!typed && !empty);
          if (typed || empty) onRange(typed ? `${typed.from}-${typed.to}` : undefined);
        }}
      >
        <input
          ref={input}
          key={text}
          defaultValue={text}
          aria-label="Range"
          aria-invalid={fault}
          placeholder="10 ms - 1.5 s"
          title={fault ? "Two times since the trace began, like 10 ms - 1.5 s" : "Range since the trace began"}
          className={`field mono w-44 ${fault ? "border-bad" : ""}`}
        />
        <StateLink
          change={{ range: undefined }}
          aria-keyshortcuts="f"
          aria-label="Fit the whole trace"
          className="btn h-7"
        >
          Fit
        </StateLink>
      </form>
    </div>
  );
}

/** By the logarithm, so that one row beside a thousand is still seen. */
function barsOf(counts: readonly number[], top: number): string {
  return counts
    .map((count, at) => {
      if (count === 0) return "";
      const height = Math.max(2, (Math.log1p(count) / top) * (HEIGHT - 4));
      return `M${at} ${HEIGHT}v${-height.toFixed(1)}h1v${height.toFixed(1)}z`;
    })
    .join("");
}

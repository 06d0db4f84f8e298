"use client";
import { useState } from "react";

/** A press that moves less than so many pixels is no drawing. */
const MIN_PX = 5;

type Stretch = readonly [start: number, end: number];

/**
 * Charts that share one axis of time, over which a stretch of it can be drawn with a mouse or pen. `left` and `right` are
 * the pixels beside the axis. A finger scrolls; whoever has no pointer types the times.
 */
export function TimeBrush({
  domain,
  left,
  right,
  onDrawn,
  children,
}: {
  /** Milliseconds since 1970. */
  domain: readonly [number, number];
  left: number;
  right: number;
  /** The stretch that was drawn, earlier end first, milliseconds since 1970. */
  onDrawn: (from: number, to: number) => void;
  children: React.ReactNode;
}) {
  const [drawn, setDrawn] = useState<Stretch>();
  const place = (event: React.PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.min(box.width - right, Math.max(left, event.clientX - box.left));
  };
  const end = (event: React.PointerEvent<HTMLElement>) => {
    setDrawn(undefined);
    if (!drawn || Math.abs(drawn[1] - drawn[0]) < MIN_PX) return;
    const width = event.currentTarget.getBoundingClientRect().width - left - right;
    const timeAt = (px: number) => Math.round(domain[0] + ((px - left) / width) * (domain[1] - domain[0]));
    onDrawn(timeAt(Math.min(...drawn)), timeAt(Math.max(...drawn)));
  };
  return (
    <div
      className="relative cursor-crosshair select-none"
      onPointerDown={(event) => {
        if (event.pointerType === "touch" || event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrawn([place(event), place(event)]);
      }}
      onPointerMove={(event) => drawn && setDrawn([drawn[0], place(event)])}
      onPointerUp={end}
      onPointerCancel={() => setDrawn(undefined)}
    >
      {drawn ? (
        <div
          aria-hidden="true"
          className="pointer-events-none absolute inset-y-0 border-x border-brand bg-selected opacity-60"
          style={{ left: Math.min(...drawn), width: Math.abs(drawn[1] - drawn[0]) }}
        />
      ) : null}
      {children}
    </div>
  );
}

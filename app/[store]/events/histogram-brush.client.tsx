"use client";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { urls } from "@/app/_lib/urls";
import { formatCount, formatTime } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { type EventFilterText, printEventFilter } from "./event-filter";

type Bucket = { readonly from: string; readonly to: string; readonly events: number; readonly exact: boolean };

const HEIGHT = 36;

/** The crosshair is shown once drawing has an effect, not before the page's code has come. */
function showDrawable(bars: SVGSVGElement | null): void {
  if (bars) bars.dataset.drawable = "";
}

/**
 * The bars of the log's activity. Drawing over them with the pointer, or a press on one, narrows the log to that time; the
 * table beneath does the same for the keyboard. The time goes into the URL.
 */
export function HistogramBrush({
  store,
  filter,
  buckets,
  words,
}: {
  store: string;
  filter: EventFilterText;
  buckets: readonly Bucket[];
  words: string;
}) {
  const router = useRouter();
  const [drawn, setDrawn] = useState<readonly [number, number]>();
  const top = Math.max(1, ...buckets.map(({ events }) => events));
  const href = (first: number, last: number) => {
    const narrowed = { ...filter, from: buckets[first]?.from ?? "", to: buckets[last]?.to ?? "" };
    return urls.events(store, { q: printEventFilter(narrowed) });
  };
  const at = (event: React.PointerEvent<SVGSVGElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const index = Math.floor(((event.clientX - left) / width) * buckets.length);
    return Math.min(buckets.length - 1, Math.max(0, index));
  };
  const [first, last] = drawn ? [Math.min(...drawn), Math.max(...drawn)] : [-1, -1];
  const span = drawn
    ? { from: buckets[first]?.from, to: buckets[last]?.to }
    : { from: buckets[0]?.from, to: buckets.at(-1)?.to };
  return (
    <figure aria-label="Activity" className="px-4 pt-1">
      <svg
        ref={showDrawable}
        role="img"
        aria-label={`${words} between ${formatTime(span.from ?? "")} and ${formatTime(span.to ?? "")}`}
        viewBox={`0 0 ${buckets.length} ${HEIGHT}`}
        preserveAspectRatio="none"
        className="block w-full touch-none text-kind-event data-drawable:cursor-crosshair"
        style={{ height: HEIGHT }}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setDrawn([at(event), at(event)]);
        }}
        onPointerMove={(event) => setDrawn((before) => (before ? [before[0], at(event)] : before))}
        onPointerUp={() => {
          setDrawn(undefined);
          if (drawn) router.push(href(first, last));
        }}
        onPointerCancel={() => setDrawn(undefined)}
      >
        {drawn ? <rect x={first} width={last - first + 1} height={HEIGHT} className="fill-selected" /> : null}
        {buckets.map(({ from, events }, index) => {
          const height = events === 0 ? 0 : Math.max(1.5, (events / top) * (HEIGHT - 2));
          return (
            <rect key={from} x={index + 0.1} width={0.8} y={HEIGHT - height} height={height} fill="currentColor" />
          );
        })}
      </svg>
      <figcaption className="flex flex-wrap items-baseline gap-x-3 text-label text-muted">
        <span className="mono">{formatTime(span.from ?? "")}</span>
        <span>{words}</span>
        <details className="min-w-0">
          <summary className="cursor-pointer">As table</summary>
          <ul className="max-h-48 overflow-y-auto py-1">
            {buckets.map((bucket, index) =>
              bucket.events === 0 ? null : (
                <li key={bucket.from}>
                  <Link href={href(index, index)} className="link mono">
                    {formatTime(bucket.from)}
                  </Link>{" "}
                  {bucket.exact ? "" : "≈ "}
                  {formatCount(bucket.events)}
                </li>
              ),
            )}
          </ul>
        </details>
        <span className="mono ml-auto">{formatTime(span.to ?? "")}</span>
      </figcaption>
    </figure>
  );
}

"use client";
import {
  ChevronFirst,
  ChevronLast,
  ChevronLeft,
  ChevronRight,
  ChevronsLeft,
  ChevronsRight,
  Pause,
  Play,
} from "lucide-react";
import { PrefetchKind } from "next/dist/client/components/router-reducer/router-reducer-types";
import { useRouter } from "next/navigation";
import { useCallback, useEffect, useRef, useState, useTransition } from "react";
import { earlyPress } from "./early-press";

/** A longer step, in versions. */
const LEAP = 10;

/**
 * Time travel over a stream's versions: a slider, step buttons and a number field, all the same choice. The choice is
 * the URL (`hrefPattern` with `{version}`), so it can be shared; dragging waits 120 ms before it asks the server. The
 * versions beside the chosen one are fetched ahead, so that a step shows at once; until a version is there, the one before
 * stays. `marks` are the versions of snapshots, drawn below the slider.
 */
export function VersionSlider({
  version,
  head,
  hrefPattern,
  marks = [],
}: {
  version: number;
  head: number;
  hrefPattern: string;
  marks?: readonly number[];
}) {
  const router = useRouter();
  const [at, setAt] = useState(version);
  const [pending, start] = useTransition();
  const [playing, setPlaying] = useState(false);
  const wait = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => setAt(version), [version]);
  useEffect(() => () => clearTimeout(wait.current), []);

  useFetchAhead(version, head, hrefPattern);

  const go = (target: number, delayMs = 0) => {
    const chosen = Math.min(head, Math.max(1, Math.trunc(target)));
    setAt(chosen);
    clearTimeout(wait.current);
    const show = () => start(() => router.replace(hrefPattern.replace("{version}", String(chosen)), { scroll: false }));
    if (delayMs === 0) show();
    else wait.current = setTimeout(show, delayMs);
  };
  useEffect(() => {
    if (!playing || pending) return;
    if (version >= head) return setPlaying(false);
    const step = setTimeout(() => {
      start(() => router.replace(hrefPattern.replace("{version}", String(version + 1)), { scroll: false }));
    }, 600);
    return () => clearTimeout(step);
  }, [playing, pending, version, head, hrefPattern, router]);

  const steps = [
    { label: "First version", Icon: ChevronFirst, to: 1, off: at <= 1, keys: "Home" },
    { label: `${LEAP} versions before`, Icon: ChevronsLeft, to: at - LEAP, off: at <= 1, keys: "Shift+ArrowLeft" },
    { label: "Version before", Icon: ChevronLeft, to: at - 1, off: at <= 1, keys: "ArrowLeft" },
    { label: "Version after", Icon: ChevronRight, to: at + 1, off: at >= head, keys: "ArrowRight" },
    { label: `${LEAP} versions after`, Icon: ChevronsRight, to: at + LEAP, off: at >= head, keys: "Shift+ArrowRight" },
    { label: "Latest version", Icon: ChevronLast, to: head, off: at >= head, keys: "End" },
  ];
  return (
    <fieldset className="flex min-w-0 flex-1 flex-wrap items-center gap-x-3 gap-y-2 max-md:basis-full">
      <legend className="sr-only">Time travel</legend>
      <span className="caps max-md:hidden" aria-hidden="true">
        Time travel
      </span>
      <span className="relative min-w-40 flex-1 max-md:hidden">
        <input
          type="range"
          min={1}
          max={head}
          value={at}
          aria-label="Version"
          aria-valuetext={`Version ${at} of ${head}`}
          onChange={(event) => go(event.currentTarget.valueAsNumber, 120)}
          className="h-6 w-full accent-brand"
        />
        <Marks versions={marks} head={head} />
      </span>
      <span className="flex items-center">
        {steps.map(({ label, Icon, to, off, keys }) => (
          <button
            {...earlyPress}
            key={label}
            type="button"
            // On a phone a step either way and the number field do what the longer steps do, and leave the state in sight.
            className={`icon-btn disabled:opacity-40 max-md:size-11 ${/^Arrow/.test(keys) ? "" : "max-md:hidden"}`}
            aria-label={label}
            aria-keyshortcuts={keys}
            title={label}
            disabled={off}
            onClick={() => go(to)}
          >
            <Icon size={16} strokeWidth={1.5} />
          </button>
        ))}
        <button
          {...earlyPress}
          type="button"
          className="icon-btn max-md:size-11"
          aria-pressed={playing}
          aria-label={playing ? "Stop playing" : "Play the versions"}
          title={playing ? "Stop playing" : "Play the versions"}
          onClick={() => {
            if (!playing && at >= head) go(1);
            setPlaying(!playing);
          }}
        >
          {playing ? <Pause size={15} strokeWidth={1.5} /> : <Play size={15} strokeWidth={1.5} />}
        </button>
      </span>
      <label className="flex items-center gap-2 whitespace-nowrap text-muted">
        version
        <input
          type="number"
          inputMode="numeric"
          min={1}
          max={head}
          value={at}
          onChange={(event) => {
            if (Number.isFinite(event.currentTarget.valueAsNumber)) go(event.currentTarget.valueAsNumber, 300);
          }}
          className="field w-20"
        />
        of {head}
      </label>
      <span aria-live="polite" className="w-14 text-faint text-label max-md:empty:hidden">
        {pending ? "folding…" : ""}
      </span>
    </fieldset>
  );
}

/** How long after a step its neighbours are kept fetched, when the page is drawn anew meanwhile. */
const STEPPING_MS = 30_000;

/** Fetches the versions before and after the chosen one, and again when they went stale while somebody is stepping. */
function useFetchAhead(version: number, head: number, hrefPattern: string): void {
  const router = useRouter();
  const steppedAt = useRef(Number.NEGATIVE_INFINITY);
  const first = useRef(version);
  const fetchAhead = useCallback(
    (target: number) => {
      const again = () => {
        if (performance.now() - steppedAt.current < STEPPING_MS) fetchAhead(target);
      };
      const href = hrefPattern.replace("{version}", String(target));
      // Without the kind only the frame of a page is fetched, up to its loading state.
      router.prefetch(href, { kind: PrefetchKind.FULL, onInvalidate: again });
    },
    [router, hrefPattern],
  );
  useEffect(() => {
    if (version !== first.current) steppedAt.current = performance.now();
    for (const target of [version - 1, version + 1]) if (target >= 1 && target <= head) fetchAhead(target);
  }, [version, head, fetchAhead]);
}

/** Where snapshots stand, as diamonds below the track; said once in words. */
function Marks({ versions, head }: { versions: readonly number[]; head: number }) {
  if (versions.length === 0 || head < 2) return null;
  return (
    <span className="pointer-events-none absolute inset-x-2 top-[18px] h-2">
      <span className="sr-only">Snapshots at versions {versions.slice(0, 20).join(", ")}</span>
      {versions.map((version) => (
        <span
          key={version}
          aria-hidden="true"
          className="absolute size-1.5 -translate-x-1/2 rotate-45 bg-run-solid"
          style={{ left: `${((version - 1) / (head - 1)) * 100}%` }}
        />
      ))}
    </span>
  );
}

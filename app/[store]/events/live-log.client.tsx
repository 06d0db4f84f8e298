"use client";
import { startTransition, useCallback, useEffect, useRef, useState } from "react";
import { announce } from "@/app/_ui/announce";
import { earlyPress } from "@/app/_ui/early-press";
import { LiveBadge } from "@/app/_ui/live-badge";
import { updatesHeld } from "@/app/_ui/updates-held";
import { useLive } from "@/app/_ui/use-live";
import type { EventRow } from "@/lib/queries/event-row";
import type { EventFilterText } from "./event-filter";
import { EventTable } from "./event-table.client";
import { liveRow } from "./wire-event";

/** How new events reach the list: not at all, behind a button, or at once while the reader is at the top. */
export type LiveMode = "off" | "notify" | "follow";

const REVEAL_MAX = 200;
/** Rows that Follow keeps on the page, as many as a page has: each row more makes every frame slower. */
const FOLLOWED_MAX = 50;
const BUFFER_MAX = 2_000;
const PAINT_MS = 250;
const FOLLOW_ROWS_PER_PAINT = 8;
const MODES = [
  { mode: "off", label: "Paused" },
  { mode: "notify", label: "Notify" },
  { mode: "follow", label: "Follow" },
] as const;

/**
 * The rows of the log with their live tail. The list never moves under the reader: new events wait behind "n new", with
 * Follow, too, while a row has the focus or a dialog is open, and Follow ends as soon as the reader scrolls away. The mode
 * is part of the URL.
 */
export function LiveLog({
  store,
  rows,
  after,
  filter,
  initialMode,
  toolbar,
  empty,
}: {
  store: string;
  rows: readonly EventRow[];
  after: string;
  filter: EventFilterText;
  initialMode: LiveMode;
  toolbar: React.ReactNode;
  empty: React.ReactNode;
}) {
  const [mode, setMode] = useState(initialMode);
  const [shown, setShown] = useState<readonly EventRow[]>(rows);
  const [fresh, setFresh] = useState(0);
  const [waiting, setWaiting] = useState(0);
  const [skipped, setSkipped] = useState(0);
  const [held, setHeld] = useState(false);
  const list = useRef<HTMLDivElement>(null);
  const buffer = useRef<EventRow[]>([]);

  const change = useCallback((next: LiveMode) => {
    setMode(next);
    // Who asks to follow lets go of the row that held the list.
    if (next === "follow") chosenRow(list.current)?.blur();
    const url = new URL(window.location.href);
    url.searchParams.set("live", next);
    window.history.replaceState(null, "", url);
  }, []);
  const reveal = useCallback((atMost: number, keep: number) => {
    const newest = buffer.current.splice(-atMost).reverse();
    if (newest.length === 0) return;
    // Counted now: the buffer is empty by the time that React asks.
    const passed = buffer.current.length;
    if (passed > 0) setSkipped((count) => count + passed);
    buffer.current = [];
    setWaiting(0);
    // What is pressed meanwhile comes first: rows are drawn in what time is left.
    startTransition(() => {
      setFresh(newest.length);
      setShown((before) => [...newest, ...before].slice(0, keep));
    });
  }, []);

  const live = useLive({
    on: mode !== "off",
    store,
    after,
    topics: [
      {
        topic: "events",
        ...{ type: filter.type, category: filter.category, stream: filter.stream, correlation: filter.correlation },
      },
    ],
    onFrame: (data) => {
      const row = liveRow(data, filter);
      if (!row) return;
      buffer.current.push(row);
      if (buffer.current.length > BUFFER_MAX) buffer.current.shift();
    },
  });
  useEffect(() => {
    if (mode === "off") return;
    const paint = setInterval(() => {
      const holds = mode === "follow" && (chosenRow(list.current) !== undefined || updatesHeld());
      setHeld(holds);
      if (mode === "notify" || holds) return setWaiting(buffer.current.length);
      if (window.scrollY > 40) return change("notify");
      reveal(FOLLOW_ROWS_PER_PAINT, FOLLOWED_MAX);
    }, PAINT_MS);
    return () => clearInterval(paint);
  }, [mode, change, reveal]);
  useEffect(() => {
    if (waiting === 0) return;
    const say = setTimeout(() => announce(`${waiting} new events`), 10_000);
    return () => clearTimeout(say);
  }, [waiting]);

  return (
    <>
      <div className="flex min-h-9 flex-wrap items-center gap-3 px-4 py-1">
        {toolbar}
        <fieldset className="segments">
          <legend className="sr-only">Live updates</legend>
          {MODES.map(({ mode: option, label }) => (
            <button
              {...earlyPress}
              key={option}
              type="button"
              aria-pressed={mode === option}
              aria-keyshortcuts={keyOf(option, mode)}
              onClick={() => change(option)}
            >
              {label}
            </button>
          ))}
        </fieldset>
        <LiveBadge live={live} />
        {waiting > 0 ? (
          <button
            type="button"
            data-primary
            className="btn h-6"
            aria-keyshortcuts="n"
            onClick={() => reveal(REVEAL_MAX, BUFFER_MAX)}
            aria-label={`Show ${waiting} new events`}
          >
            {waiting >= BUFFER_MAX ? `${BUFFER_MAX}+` : waiting} new
          </button>
        ) : null}
        {skipped > 0 ? (
          <span className="text-muted text-data">{skipped} passed over: more came than the list shows</span>
        ) : null}
        {held && mode === "follow" ? (
          <span className="text-muted text-data">held while a row or text is chosen</span>
        ) : null}
        {mode === "follow" && shown.length >= FOLLOWED_MAX ? (
          <span className="text-muted text-data">the newest {FOLLOWED_MAX} are shown</span>
        ) : null}
      </div>
      <div ref={list}>{shown.length === 0 ? empty : <EventTable store={store} rows={shown} fresh={fresh} />}</div>
    </>
  );
}

/** What has the focus in the list. */
function chosenRow(list: HTMLElement | null): HTMLElement | undefined {
  const { activeElement } = document;
  return activeElement instanceof HTMLElement && list?.contains(activeElement) ? activeElement : undefined;
}

/** Space pauses and resumes, f follows: each key sits on the button it would press now. */
function keyOf(option: LiveMode, mode: LiveMode): string | undefined {
  if (option === "follow") return "f";
  return option === (mode === "off" ? "notify" : "off") ? "Space" : undefined;
}

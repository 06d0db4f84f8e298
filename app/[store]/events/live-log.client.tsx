"use client";
import { startTransition, useCallback, useEffect, useRef, useState } from "react";
import { urls } from "@/app/_lib/urls";
import { announce } from "@/app/_ui/announce";
import { earlyPress } from "@/app/_ui/early-press";
import { LiveBadge } from "@/app/_ui/live-badge";
import { Pager } from "@/app/_ui/pager";
import { updatesHeld } from "@/app/_ui/updates-held";
import { useLive } from "@/app/_ui/use-live";
import type { EventRow } from "@/lib/queries/event-row";
import type { EventFilterText } from "./event-filter";
import { EventTable } from "./event-table.client";
import { liveRow } from "./wire-event";

/** How new events reach the list: not at all, behind a button, or at once while the reader is at the top. */
export type LiveMode = "off" | "notify" | "follow";

/** Rows that one press shows: drawing two hundred at once held the next press for half a second on a slow machine. */
const REVEAL_MAX = 50;
/** Rows on the page at most; older ones are a page away. */
const SHOWN_MAX = 200;
/** Rows that Follow keeps on the page, as many as a page has: each row more makes every frame slower. */
const FOLLOWED_MAX = 50;
const BUFFER_MAX = 2_000;
const PAINT_MS = 250;
/** Rows beyond what Follow keeps that go at once. */
const DROPPED_PER_PAINT = 16;
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
  further,
  after,
  filter,
  initialMode,
  text,
  toolbar,
  empty,
  foot,
}: {
  store: string;
  rows: readonly EventRow[];
  /** Older rows that the search behind the page finds while the first are read already. */
  further: Promise<readonly EventRow[]> | undefined;
  after: string;
  filter: EventFilterText;
  initialMode: LiveMode;
  text: string;
  toolbar: React.ReactNode;
  empty: React.ReactNode;
  /** What stands under the list while it ends where the page ended. */
  foot: React.ReactNode;
}) {
  const [mode, setMode] = useState(initialMode);
  const [shown, setShown] = useState<readonly EventRow[]>(rows);
  const [fresh, setFresh] = useState(0);
  const [waiting, setWaiting] = useState(0);
  const [skipped, setSkipped] = useState(0);
  const [held, setHeld] = useState(false);
  // Where the page ends when rows at its end made room: what is older begins there, not where the page once ended.
  const [end, setEnd] = useState(rows.at(-1)?.position);
  const last = shown.at(-1)?.position;
  const cutAt = shown.length < FOLLOWED_MAX || last === end ? undefined : last;
  const list = useRef<HTMLDivElement>(null);
  const joined = useRef(false);
  const buffer = useRef<EventRow[]>([]);
  const passedOver = useRef(0);

  const change = useCallback((next: LiveMode) => {
    setMode(next);
    // Who asks to follow lets go of the row that held the list.
    if (next === "follow") chosenRow(list.current)?.blur();
    const url = new URL(window.location.href);
    url.searchParams.set("live", next);
    window.history.replaceState(null, "", url);
  }, []);
  const show = useCallback((newest: readonly EventRow[], keep: number) => {
    setWaiting(buffer.current.length);
    setSkipped(passedOver.current);
    if (newest.length === 0) return;
    // What is pressed meanwhile comes first: rows are drawn in what time is left.
    startTransition(() => {
      setFresh(newest.length);
      setShown((before) => {
        const most = Math.max(keep, before.length - DROPPED_PER_PAINT);
        return [...newest.toReversed(), ...before].slice(0, most);
      });
    });
  }, []);
  const showWaiting = () => show(buffer.current.splice(0, REVEAL_MAX), SHOWN_MAX);
  const showNewest = useCallback(() => {
    const newest = buffer.current.splice(-FOLLOW_ROWS_PER_PAINT);
    passedOver.current += buffer.current.length;
    buffer.current = [];
    show(newest, FOLLOWED_MAX);
  }, [show]);

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
      if (buffer.current.length <= BUFFER_MAX) return;
      buffer.current.shift();
      passedOver.current += 1;
    },
  });
  useEffect(() => {
    if (mode === "off") return;
    const paint = setInterval(() => {
      const holds = mode === "follow" && (chosenRow(list.current) !== undefined || updatesHeld());
      setHeld(holds);
      if (mode === "notify" || holds) return setWaiting(buffer.current.length);
      if (window.scrollY > 40) return change("notify");
      showNewest();
    }, PAINT_MS);
    return () => clearInterval(paint);
  }, [mode, change, showNewest]);
  useEffect(() => {
    if (!further || joined.current) return;
    let gone = false;
    void further.then((more) => {
      if (gone || more.length === 0) return;
      joined.current = true;
      const place = rows.at(-1)?.position;
      startTransition(() => {
        // Where rows at the end made room meanwhile, these would stand behind a gap.
        setShown((b) => (place === undefined || b.at(-1)?.position === place ? [...b, ...more] : b));
        setEnd(more.at(-1)?.position);
      });
      announce(`${more.length} more found`);
    });
    return () => {
      gone = true;
    };
  }, [further, rows]);
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
            onClick={showWaiting}
            aria-label={`Show ${waiting > REVEAL_MAX ? `${REVEAL_MAX} of ` : ""}${waiting} new events`}
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
      </div>
      <div ref={list}>{shown.length === 0 ? empty : <EventTable store={store} rows={shown} fresh={fresh} />}</div>
      {cutAt === undefined ? (
        foot
      ) : (
        <Pager
          summary={`the newest ${shown.length} are shown`}
          older={urls.events(store, { q: text, before: cutAt })}
        />
      )}
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

"use client";
import { Pause, Play } from "lucide-react";
import { useRouter } from "next/navigation";
import { useCallback, useEffect, useRef, useState, useTransition } from "react";
import { Link } from "./link.client";
import { LiveBadge } from "./live-badge";
import type { Live } from "./live-tab";
import type { LiveGauge } from "./live-topic";
import { storeAnswers } from "./store-answers";
import { updatesHeld } from "./updates-held";
import { useLive } from "./use-live";

/** The server draws at most this often for one tab, in milliseconds, unless a page says otherwise. */
const EVERY_MS = 2_000;
/** And at least this many times more seldom while live: a lag that grows because nothing is appended must be seen to grow. */
const BEATS = 2.5;

/**
 * Keeps a page of figures fresh: each burst of appended events that it is about, and each change of its gauges, has the
 * server draw the page anew, and React patches what changed. While the store does not answer, the last figures stay and
 * are said to be old. Updates are held while a dialog is open, text is selected, or the pointer rests on a list.
 * `liveHref` and `pausedHref` are this page with the other mode, because the mode is part of the URL.
 */
export function LiveRefresh({
  on,
  store,
  after,
  about,
  gauges = [],
  everyMs = EVERY_MS,
  liveHref,
  pausedHref,
}: {
  on: boolean;
  store: string;
  /** The position that the page was drawn at. */
  after: string;
  /** Which events it is about; all when absent. */
  about?: { readonly stream?: string; readonly correlation?: string };
  gauges?: readonly LiveGauge[];
  /** How often the page's figures move by themselves, in milliseconds. */
  everyMs?: number;
  liveHref: string;
  pausedHref: string;
}) {
  const router = useRouter();
  const [refreshing, start] = useTransition();
  const busy = useRef(false);
  busy.current = refreshing;
  const due = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const drawn = useRef(Date.now());
  const [silent, setSilent] = useState(false);

  const refresh = useCallback(async () => {
    due.current = undefined;
    if (document.hidden || busy.current || updatesHeld()) return;
    const answers = await storeAnswers();
    setSilent(!answers);
    if (!answers) return;
    drawn.current = Date.now();
    start(() => router.refresh());
  }, [router]);
  const hint = useCallback(() => {
    if (due.current !== undefined) return;
    due.current = setTimeout(refresh, Math.max(0, drawn.current + everyMs - Date.now()));
  }, [refresh, everyMs]);

  // What a gauge stands at is on the page already; only its changes are news.
  const begun = useRef(new Set<number>());
  const live = useLive({
    on,
    store,
    topics: [{ topic: "moved", ...about }, ...gauges.map((topic) => ({ topic }))],
    after,
    onFrame(_, topic) {
      if (topic === 0 || begun.current.has(topic)) hint();
      begun.current.add(topic);
    },
  });
  useEffect(() => {
    if (!on) return;
    const beat = setInterval(hint, everyMs === EVERY_MS ? EVERY_MS * BEATS : everyMs);
    return () => {
      clearInterval(beat);
      clearTimeout(due.current);
      due.current = undefined;
    };
  }, [on, hint, everyMs]);
  return (
    <span className="inline-flex items-center gap-2">
      <LiveBadge live={silent && on ? { state: "stale", lastAt: drawn.current } : seen(live, drawn.current)} />
      <Link
        href={on ? pausedHref : liveHref}
        replace
        scroll={false}
        ahead={false}
        aria-keyshortcuts="Space"
        aria-label={on ? "Pause updates" : "Resume updates"}
        title={`${on ? "Pause" : "Resume"} updates (Space)`}
        className="icon-btn"
      >
        {on ? <Pause size={14} strokeWidth={1.5} /> : <Play size={14} strokeWidth={1.5} />}
      </Link>
    </span>
  );
}

/** The state of the connection with when the page was last known to be right: by the stream, or drawn anew without it. */
function seen({ state, lastAt }: Live, drawnAt: number): Live {
  return { state, lastAt: lastAt === null ? null : Math.max(lastAt, drawnAt) };
}

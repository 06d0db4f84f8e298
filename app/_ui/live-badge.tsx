import { formatTime } from "./format";
import { Glyph, type Status, statusColours } from "./glyph";
import type { Live } from "./live-tab";
import type { LiveState } from "./live-topic";

const looks: Readonly<Record<LiveState, { status: Status; word: string; why?: string }>> = {
  off: { status: "idle", word: "Updates paused" },
  connecting: { status: "stale", word: "Connecting" },
  live: { status: "ok", word: "Live" },
  stale: { status: "stale", word: "Reconnecting" },
  offline: { status: "bad", word: "Offline" },
  full: {
    status: "stale",
    word: "Not live: too many pages open",
    why: "One browser follows 32 things at a time. This page is live again when others are closed.",
  },
};

/** The state of the live connection as glyph and word. Losing it is said to screen readers at once. */
export function LiveBadge({ live: { state, lastAt } }: { live: Live }) {
  const { status, word, why } = looks[state];
  return (
    <span
      role={state === "offline" ? "alert" : undefined}
      title={why}
      className={`inline-flex items-center gap-1.5 font-medium text-data ${statusColours[status].text}`}
    >
      <Glyph status={status} />
      {word}
      {lastAt !== null && (state === "stale" || state === "offline" || state === "full") ? (
        <span className="font-normal text-muted">
          last update {formatTime(new Date(lastAt).toISOString()).slice(7, 15)} UTC
        </span>
      ) : null}
    </span>
  );
}

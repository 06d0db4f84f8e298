"use client";
import { useRouter } from "next/navigation";
import { useEffect, useRef, useState } from "react";
import { urls } from "@/app/_lib/urls";
import { announce } from "./announce";
import { formatDuration, plural } from "./format";
import { Glyph } from "./glyph";
import { Link } from "./link.client";
import { PositionPill } from "./position-pill";

/** What the API says of a read model and one change. */
type Behind = {
  readonly reached: boolean;
  readonly events: number;
  readonly more: boolean;
  readonly aboutMs: number | null;
  readonly paused: boolean;
};

/** One look waits this long for the change to arrive, and looks are this far apart once it is late; milliseconds. */
const LOOK_MS = 1_000;
const LATE_LOOK_MS = 5_000;
const LATE_AFTER_MS = 10_000;
/** A page is not left asking for ever: after this it says where to look. */
const GIVE_UP_MS = 60_000;

/**
 * How far one read model is from a change that was just made: how many events behind it is, and about how long; after
 * 10 s, that the change is saved and the list does not show it yet. When it has come that far the page is drawn anew if
 * `refresh` says so.
 */
export function PendingChange({
  store,
  model,
  token,
  position,
  refresh = false,
}: {
  store: string;
  model: string;
  token: string;
  position: string;
  refresh?: boolean;
}) {
  const router = useRouter();
  const [behind, setBehind] = useState<Behind>();
  const [waitedMs, setWaitedMs] = useState(0);
  const redraw = useRef(refresh);
  redraw.current = refresh;
  useEffect(() => {
    const leave = new AbortController();
    void follow(store, model, token, leave.signal, (found, ms) => {
      setBehind(found);
      setWaitedMs(ms);
      if (!found.reached) return;
      announce(`${model} has your change`);
      if (redraw.current) router.refresh();
    });
    return () => leave.abort();
  }, [store, model, token, router]);

  const name = (
    <Link href={urls.projection(store, model)} className="link">
      {model}
    </Link>
  );
  const rows = refresh ? null : (
    <Link href={urls.readModel(store, model, { token })} className="link">
      rows
    </Link>
  );
  if (behind?.reached) {
    return (
      <p className="flex items-baseline gap-2">
        <Glyph status="ok" />
        <span>
          {name} has your change
          <span className="text-muted">{waitedMs < LOOK_MS ? "" : `, after ${formatDuration(waitedMs)}`}</span>
          {rows ? <> · {rows}</> : null}
        </span>
      </p>
    );
  }
  if (waitedMs >= LATE_AFTER_MS) {
    return (
      <p className="flex items-baseline gap-2">
        <Glyph status="warn" />
        <span>
          Saved at <PositionPill position={position} href={urls.position(store, position)} />; {name} is not updated yet
          {behind ? `, ${behindWords(behind)}` : ""}
        </span>
      </p>
    );
  }
  return (
    <p className="flex items-baseline gap-2" data-pending="">
      <Glyph status="run" />
      <span>
        {name}
        <span className="underline decoration-dotted underline-offset-4">
          {behind ? ` is ${behindWords(behind)}` : " is asked for your change"}
        </span>
      </span>
    </p>
  );
}

function behindWords({ events, more, aboutMs, paused }: Behind): string {
  const count = more ? `more than ${plural(events, "event")}` : plural(events, "event");
  if (paused) return `${count} behind your change, and paused`;
  return `${count} behind your change${aboutMs === null ? "" : `, about ${formatDuration(Math.max(aboutMs, 100))}`}`;
}

/** Asks until the change is there; each question waits at the server, so an early answer is seen at once. */
async function follow(
  store: string,
  model: string,
  token: string,
  signal: AbortSignal,
  tell: (behind: Behind, waitedMs: number) => void,
): Promise<void> {
  const started = performance.now();
  for (let first = true; ; first = false) {
    const waited = () => performance.now() - started;
    const waitMs = first ? 0 : LOOK_MS;
    try {
      const path = `/read-models/${encodeURIComponent(model)}/behind`;
      const answer = await fetch(urls.api(store, path, { minPosition: token, waitMs }), { signal });
      if (answer.ok) {
        const behind = (await answer.json()) as Behind;
        tell(behind, waited());
        if (behind.reached) return;
      }
    } catch {
      if (signal.aborted) return;
    }
    if (waited() > GIVE_UP_MS) return;
    if (waited() > LATE_AFTER_MS || document.hidden) await new Promise((resolve) => setTimeout(resolve, LATE_LOOK_MS));
  }
}

"use client";
import { X } from "lucide-react";
import { useCallback, useEffect, useRef, useState } from "react";
import { urls } from "@/app/_lib/urls";
import type { RunRow } from "@/lib/queries/list-runs";
import { Glyph } from "./glyph";
import { Link } from "./link.client";
import { problemWords, runStatus, runWord } from "./run-state";

/** What a notice says of a run. */
export type NoticedRun = Pick<RunRow, "id" | "kind" | "subject" | "state" | "problems" | "unit">;

/**
 * Says when a run that was at work when this tab looked before has ended or awaits a decision, on whatever page the tab
 * is: in a corner until it is read, and in the title of a tab that nobody looks at. The live pages bring `runs` anew with
 * each update; a hidden tab, which gets none, asks for them every 10 s while a run is at work.
 */
export function RunNotices({ store, runs }: { store: string; runs: readonly NoticedRun[] }) {
  const [notices, setNotices] = useState<readonly NoticedRun[]>([]);
  const atWork = useRef(new Set<string>());
  const dismiss = (id: string) => setNotices((known) => known.filter((one) => one.id !== id));
  const note = useCallback((now: readonly NoticedRun[]) => {
    const news = now.filter((run) => stands(run) && atWork.current.has(run.id));
    atWork.current = new Set(now.filter((run) => !stands(run)).map(({ id }) => id));
    if (news.length === 0) return;
    setNotices((known) => [...news, ...known.filter(({ id }) => !news.some((one) => one.id === id))].slice(0, MOST));
  }, []);
  useEffect(() => note(runs), [runs, note]);
  useEffect(() => {
    const beat = setInterval(async () => {
      if (!document.hidden || atWork.current.size === 0) return;
      const answer = await fetch(urls.api(store, "/runs", { limit: 20 })).catch(() => undefined);
      if (answer?.ok) note(((await answer.json()) as { readonly runs: readonly NoticedRun[] }).runs);
    }, HIDDEN_LOOK_MS);
    return () => clearInterval(beat);
  }, [store, note]);
  useTitleMark(notices[0]);
  return (
    <div
      role="status"
      aria-live="polite"
      className="fixed right-3 bottom-16 z-40 w-80 max-w-[calc(100vw-24px)] md:bottom-10"
    >
      <ul aria-label="Runs that have ended" className="space-y-2" hidden={notices.length === 0}>
        {notices.map((run) => (
          <li
            key={run.id}
            className="flex items-center gap-2.5 rounded-card border bg-surface py-2 pr-1.5 pl-3 shadow-lg"
          >
            <Glyph status={runStatus(run)} size={12} />
            <Link
              href={urls.run(store, run.id)}
              className="min-w-0 flex-1 truncate hover:text-brand"
              onClick={() => dismiss(run.id)}
            >
              <span className="font-medium">{nameOf(run)}</span> <span className="text-muted">{cameTo(run)}</span>
            </Link>
            <button
              type="button"
              className="icon-btn"
              aria-label={`Dismiss ${nameOf(run)}`}
              onClick={() => dismiss(run.id)}
            >
              <X size={14} strokeWidth={1.5} aria-hidden="true" />
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Whether nothing more happens until somebody looks. */
function stands({ state }: NoticedRun): boolean {
  return ["succeeded", "failed", "cancelled", "awaiting-decision"].includes(state);
}

function nameOf({ id, kind, subject }: NoticedRun): string {
  return `R-${id} ${kind}${subject === null ? "" : ` of ${subject}`}`;
}

function cameTo(run: NoticedRun): string {
  return [runWord(run), problemWords(run)].filter(Boolean).join(", ");
}

const MOST = 3;
const HIDDEN_LOOK_MS = 10_000;

/** Puts the newest notice in front of the tab's title until somebody looks at the tab. */
function useTitleMark(newest: NoticedRun | undefined): void {
  useEffect(() => {
    if (!newest || !document.hidden) return;
    const title = document.title;
    document.title = `R-${newest.id} ${cameTo(newest)} · ${title}`;
    const restore = () => {
      if (!document.hidden) document.title = title;
    };
    document.addEventListener("visibilitychange", restore);
    return () => {
      document.removeEventListener("visibilitychange", restore);
      document.title = title;
    };
  }, [newest]);
}

"use client";
import { usePathname, useSearchParams } from "next/navigation";
import { useCallback, useMemo } from "react";
import { type TraceChange, type TraceState, traceHref, traceState } from "./trace-state";

/**
 * The state of the page from its URL. `href` is this page with something changed; `go` goes there at once, without asking
 * the server, which is right for whatever the rows at hand can show.
 */
export function useTraceState(): {
  readonly state: TraceState;
  readonly href: (change: TraceChange) => string;
  readonly go: (change: TraceChange) => void;
} {
  const path = usePathname();
  const query = useSearchParams();
  const state = useMemo(() => traceState((name) => query.get(name)), [query]);
  const href = useCallback((change: TraceChange) => traceHref(path, state, change), [path, state]);
  const go = useCallback((change: TraceChange) => window.history.replaceState(null, "", href(change)), [href]);
  return { state, href, go };
}

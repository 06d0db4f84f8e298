"use client";
import { useEffect, useRef, useState } from "react";
import { urls } from "@/app/_lib/urls";
import type { RowSpans } from "@/lib/queries/row-spans";
import { hasWork, type WireRow } from "./wire-rows";

const NONE: RowSpans = { spans: [], split: [], missing: "no-trace" };
/** Spans are written once a second: when they are not there yet, it is asked again after so long, milliseconds. */
const AGAIN_MS = 2_000;

/**
 * The spans of the chosen row: those that the page came with, else asked for once and kept. Undefined while they are on
 * their way, and for a row that nobody worked on.
 */
export function useChosenSpans(
  store: string,
  row: WireRow | undefined,
  startedAt: string,
  given: ReadonlyMap<string, RowSpans>,
): RowSpans | undefined {
  const kept = useRef(new Map<string, RowSpans>());
  const [, draw] = useState(0);
  const found = row && (given.get(row.id) ?? kept.current.get(row.id));
  const works = row !== undefined && hasWork(row);
  const asks = works && row.traceparent !== null && (!found || found.missing === "not-yet");
  const [id, traceparent, endUs] = asks ? [row.id, row.traceparent ?? "", row.endUs ?? row.startUs] : ["", "", 0];
  const waits = found !== undefined;
  useEffect(() => {
    if (id === "") return;
    const leave = new AbortController();
    const ask = async () => {
      const query = new URLSearchParams({ traceparent, startedAt, endUs: String(endUs) });
      const answer = await fetch(`${urls.api(store, "/spans")}?${query}`, { signal: leave.signal });
      if (!answer.ok) return;
      kept.current.set(id, (await answer.json()) as RowSpans);
      draw((n) => n + 1);
    };
    // Offline or left: the facts of the row stand without its spans.
    const later = setTimeout(() => void ask().catch(() => undefined), waits ? AGAIN_MS : 0);
    return () => {
      clearTimeout(later);
      leave.abort();
    };
  }, [store, id, traceparent, startedAt, endUs, waits]);
  if (!works) return undefined;
  return found ?? (row.traceparent === null ? NONE : undefined);
}

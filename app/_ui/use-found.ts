"use client";
import { useEffect, useState } from "react";
import type { SearchGroup } from "@/lib/queries/search";
import { hitHref } from "./hit-href";
import type { PaletteItem } from "./palette-items";

/** What the store answered to a text. `pending`: the answer to what is typed now is not there yet. */
export type Found = { readonly items: readonly PaletteItem[]; readonly pending: boolean };

/** How long somebody must have stopped typing before the store is asked, and how long its answer is waited for. */
const PAUSE_MS = 80;
const ANSWER_MS = 3_000;
const NONE: readonly PaletteItem[] = [];

/**
 * Asks the store what a text names: exact ids first. Only the answer to the text as it is now is ever given; none within
 * 3 s, or a failure, counts as an answer without hits.
 */
export function useFound(text: string, store: string, searchUrl: string, processes: readonly string[]): Found {
  const [answer, setAnswer] = useState<{ text: string; items: readonly PaletteItem[] }>({ text: "", items: NONE });
  const asks = text.length >= 2 || /^\d$/.test(text);
  useEffect(() => {
    if (!asks) return;
    const left = new AbortController();
    const timer = setTimeout(async () => {
      const items = await ask(`${searchUrl}${encodeURIComponent(text)}`, left.signal, store, processes);
      if (!left.signal.aborted) setAnswer({ text, items });
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      left.abort();
    };
  }, [text, asks, store, searchUrl, processes]);
  if (!asks) return { items: NONE, pending: false };
  return answer.text === text ? { items: answer.items, pending: false } : { items: NONE, pending: true };
}

async function ask(
  url: string,
  left: AbortSignal,
  store: string,
  processes: readonly string[],
): Promise<readonly PaletteItem[]> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.any([left, AbortSignal.timeout(ANSWER_MS)]) });
    if (!answer.ok) return NONE;
    const { groups } = (await answer.json()) as { groups: readonly SearchGroup[] };
    const hits = groups.flatMap((group) => group.hits);
    return [...hits]
      .sort((a, b) => Number(b.exact) - Number(a.exact))
      .slice(0, 12)
      .map((hit) => ({
        value: `found:${hit.kind}:${hit.id}`,
        label: hit.kind === "position" ? `#${hit.id}` : hit.id,
        hint: hit.note === "" ? hit.kind : `${hit.kind}, ${hit.note}`,
        href: hitHref(store, hit, processes),
        exact: hit.exact,
      }));
  } catch {
    return NONE;
  }
}

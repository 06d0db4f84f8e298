"use client";
import { useCallback, useEffect, useState } from "react";
import { setTaste, type Taste } from "./taste";

const CHANGED = "tidemark-taste";

type Changed = { readonly taste: Taste; readonly value: string };

/**
 * A taste and how to change it: kept in its cookie, said of the document, and told to everything that shows it. What the
 * server drew with comes in as `initial`.
 */
export function useTaste(taste: Taste, initial: string): readonly [value: string, choose: (value: string) => void] {
  const [value, setValue] = useState(initial);
  useEffect(() => {
    const hear = (event: Event) => {
      const { detail } = event as CustomEvent<Changed>;
      if (detail.taste === taste) setValue(detail.value);
    };
    window.addEventListener(CHANGED, hear);
    return () => window.removeEventListener(CHANGED, hear);
  }, [taste]);
  const choose = useCallback(
    (chosen: string) => {
      setTaste(taste, chosen);
      document.documentElement.dataset[taste] = chosen;
      window.dispatchEvent(new CustomEvent<Changed>(CHANGED, { detail: { taste, value: chosen } }));
    },
    [taste],
  );
  return [value, choose];
}

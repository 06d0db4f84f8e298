"use client";
import { useCallback, useEffect, useState } from "react";
import { onForgotten } from "./forgotten";

/** Personal data that was revealed is shown no longer than this, in milliseconds. */
const REVEALED_MS = 5 * 60_000;

/**
 * What was revealed, as long as it may be seen: five minutes, and no longer than the page is open and in view. It lives in memory
 * only, and is gone, too, when somebody was forgotten, and when the browser puts the page aside to come back to it.
 */
export function useRevealed<Value>(): {
  readonly revealed: Value | undefined;
  readonly reveal: (value: Value) => void;
  readonly hide: () => void;
} {
  const [revealed, setRevealed] = useState<Value>();
  const hide = useCallback(() => setRevealed(undefined), []);
  useEffect(() => {
    if (revealed === undefined) return;
    const timer = setTimeout(hide, REVEALED_MS);
    const deaf = onForgotten(hide);
    window.addEventListener("pagehide", hide);
    return () => {
      clearTimeout(timer);
      deaf();
      window.removeEventListener("pagehide", hide);
    };
  }, [revealed, hide]);
  return { revealed, reveal: setRevealed, hide };
}

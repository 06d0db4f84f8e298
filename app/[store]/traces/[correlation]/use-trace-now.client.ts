"use client";
import { useEffect, useState } from "react";

/** How long the trace has lasted: `totalUs` when the server drew it, and a second more every second while it `grows`. */
export function useTraceNow(totalUs: number, grows: boolean): number {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    setSeconds(0);
    if (!grows) return;
    const began = performance.now() - totalUs / 1000;
    const beat = setInterval(() => {
      if (!document.hidden) setSeconds(Math.round((performance.now() - began - totalUs / 1000) / 1000));
    }, 1_000);
    return () => clearInterval(beat);
  }, [totalUs, grows]);
  return totalUs + seconds * 1e6;
}

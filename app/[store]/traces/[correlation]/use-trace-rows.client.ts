"use client";
import { use, useDeferredValue, useMemo } from "react";
import { unpackRows, type WireRow } from "./wire-rows";

/**
 * The rows of a trace from their packed text. Undefined while the text of a big trace is on its way: the page stands, and
 * takes presses, before ten thousand rows are read and unpacked.
 */
export function useTraceRows(packed: string | Promise<string>): readonly WireRow[] | undefined {
  const given = useDeferredValue(packed, typeof packed === "string" ? undefined : null);
  const text = given === null || typeof given === "string" ? given : use(given);
  return useMemo(() => (text === null ? undefined : unpackRows(text)), [text]);
}

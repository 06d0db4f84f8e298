"use client";
import { type RefObject, useEffect, useState } from "react";

/** Up to so many rows all are in the document: browsers can search them. */
const ALL_BELOW = 300;
/** Rows above and below the window that are there already, so that scrolling and `j` never meet the end. */
const SPARE = 30;

/**
 * Which of `count` rows are in the document while the page is scrolled: from `first`, before `end`. All are as high as
 * `--line` says, which is what makes ten thousand of them cheap.
 */
export function useWindowRows(
  body: RefObject<HTMLElement | null>,
  count: number,
): { readonly first: number; readonly end: number } {
  const [first, setFirst] = useState(0);
  const [fits, setFits] = useState(40);
  const all = count <= ALL_BELOW;
  useEffect(() => {
    if (all) return;
    const place = () => {
      if (!body.current) return;
      const height = Number.parseFloat(getComputedStyle(body.current).getPropertyValue("--line"));
      const top = body.current.getBoundingClientRect().top;
      const at = Math.max(0, Math.floor(-top / height) - SPARE);
      // In steps, so that not every pixel draws anew.
      setFirst(at - (at % 10));
      setFits(Math.ceil(window.innerHeight / height) + 2 * SPARE + 10);
    };
    place();
    window.addEventListener("scroll", place, { passive: true });
    window.addEventListener("resize", place);
    return () => {
      window.removeEventListener("scroll", place);
      window.removeEventListener("resize", place);
    };
  }, [all, body]);
  if (all) return { first: 0, end: count };
  const from = Math.min(first, Math.max(0, count - fits));
  return { first: from, end: Math.min(count, from + fits) };
}

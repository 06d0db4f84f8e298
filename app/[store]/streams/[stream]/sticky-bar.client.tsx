"use client";
import { type ReactNode, useEffect, useRef } from "react";

/** What is left for the state beside the events when there is next to no room: it then scrolls in this much. */
const LEAST_PX = 160;
/** The store's bar at the top. */
const TOP_PX = 44;

/**
 * The bar at the lower edge of a stream's page. Its rows wrap as they must, so that only the browser knows how high it is: the
 * panes above it get what is left as `--room`, and nothing that is given the focus comes to lie behind it.
 */
export function StickyBar({ children }: { children: ReactNode }) {
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = bar.current;
    const panes = element?.previousElementSibling;
    if (!element || !(panes instanceof HTMLElement)) return;
    const root = document.documentElement;
    const measure = () => {
      const stuck = [element, element.firstElementChild].filter(
        (part): part is HTMLElement => part instanceof HTMLElement && getComputedStyle(part).position === "sticky",
      );
      const covered = Math.max(
        0,
        ...stuck.map((part) => part.offsetHeight + Number.parseFloat(getComputedStyle(part).bottom)),
      );
      const begins = Math.max(TOP_PX, panes.getBoundingClientRect().top + window.scrollY);
      panes.style.setProperty("--room", `${Math.max(LEAST_PX, window.innerHeight - begins - covered)}px`);
      root.style.scrollPaddingBottom = `${covered}px`;
    };
    const watch = new ResizeObserver(measure);
    for (const part of [
      element,
      ...element.children,
      ...(panes.previousElementSibling ? [panes.previousElementSibling] : []),
    ]) {
      watch.observe(part);
    }
    window.addEventListener("resize", measure);
    measure();
    return () => {
      watch.disconnect();
      window.removeEventListener("resize", measure);
      root.style.scrollPaddingBottom = "";
    };
  }, []);
  return (
    // On a phone only the ways to step stay in sight: the whole bar would cover half of the state. So it does in a low window.
    <div
      ref={bar}
      className="z-3 border-t bg-surface max-md:contents md:[@media(min-height:560px)]:sticky md:[@media(min-height:560px)]:bottom-0"
    >
      {children}
    </div>
  );
}

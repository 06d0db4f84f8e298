"use client";
import { earlyPress } from "@/app/_ui/early-press";

/** Prints the page, or saves it as a PDF, as the browser offers it: what is not the document is left out by the styles. */
export function PrintButton() {
  return (
    <button {...earlyPress} type="button" className="btn" onClick={() => window.print()}>
      Print, or save as PDF…
    </button>
  );
}

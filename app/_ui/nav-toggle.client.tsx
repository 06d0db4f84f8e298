"use client";
import { PanelLeft } from "lucide-react";
import { earlyPress } from "./early-press";
import { useTaste } from "./use-taste";

/** Folds the navigation to its icons and back. The choice is kept in a cookie, so the server draws it folded. */
export function NavToggle() {
  const [, choose] = useTaste("nav", "open");
  const toggle = () => choose(document.documentElement.dataset.nav === "folded" ? "open" : "folded");
  return (
    <button
      {...earlyPress}
      type="button"
      onClick={toggle}
      aria-keyshortcuts="["
      aria-label="Fold or unfold the navigation"
      title="Fold or unfold the navigation ([)"
      className="icon-btn hidden lg:inline-grid"
    >
      <PanelLeft size={16} strokeWidth={1.5} />
    </button>
  );
}

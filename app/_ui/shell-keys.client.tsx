"use client";
import { Keyboard, Search } from "lucide-react";
import dynamic from "next/dynamic";
import { startTransition, useCallback, useState } from "react";
import { urls } from "@/app/_lib/urls";
import { earlyPress } from "./early-press";
import { KeysHelp } from "./keys-help.client";
import type { PaletteGroup } from "./palette-items";
import { useGlobalKeys } from "./use-global-keys";

// Comes over the wire when it is first opened: no list page pays for it.
const CommandPalette = dynamic(() => import("./command-palette.client").then((module) => module.CommandPalette));

/** The search box of the top bar, the keys button, and everything that listens to the keyboard. */
export function ShellKeys({
  places,
  store,
  processes,
}: {
  places: readonly PaletteGroup[];
  store: string;
  processes: readonly string[];
}) {
  const [palette, setPalette] = useState<"never" | "open" | "closed">("never");
  const [help, setHelp] = useState(false);
  const openPalette = useCallback(() => setPalette("open"), []);
  // The press comes first, also where a list is drawn anew four times a second.
  const openHelp = useCallback(() => startTransition(() => setHelp(true)), []);
  useGlobalKeys({ openPalette, openHelp });
  return (
    <>
      <button
        {...earlyPress}
        type="button"
        onClick={openPalette}
        aria-haspopup="dialog"
        aria-label="Search, or paste any id, position or stream"
        className="flex h-7 min-w-0 items-center gap-2 rounded-control border border-line-strong bg-surface px-2 text-faint hover:bg-hover md:w-80"
      >
        <Search size={14} strokeWidth={1.5} aria-hidden="true" />
        <span className="hidden min-w-0 flex-1 truncate text-left md:block">Search, or paste any id or position</span>
        <kbd className="kbd hidden md:inline-block">Ctrl K</kbd>
      </button>
      <button
        {...earlyPress}
        type="button"
        onClick={openHelp}
        aria-haspopup="dialog"
        aria-label="Keyboard shortcuts"
        title="Keyboard shortcuts (?)"
        className="icon-btn order-last hidden md:inline-grid"
      >
        <Keyboard size={16} strokeWidth={1.5} />
      </button>
      {palette === "never" ? null : (
        <CommandPalette
          open={palette === "open"}
          onOpenChange={(open) => setPalette(open ? "open" : "closed")}
          places={places}
          store={store}
          processes={processes}
          searchHref={`${urls.search(store)}?q=`}
          searchUrl={`${urls.api(store, "/search")}?q=`}
        />
      )}
      {help ? <KeysHelp onClose={() => setHelp(false)} /> : null}
    </>
  );
}

"use client";
import { Autocomplete } from "@base-ui/react/autocomplete";
import { Dialog } from "@base-ui/react/dialog";
import { Search } from "lucide-react";
import { useRouter } from "next/navigation";
import { useEffect, useEffectEvent, useState } from "react";
import {
  askedText,
  type PaletteGroup,
  type PaletteItem,
  pageActions,
  paletteGroups,
  recentItems,
  remember,
  searchItem,
} from "./palette-items";
import { useFound } from "./use-found";

/**
 * Ctrl K: anything by its id, acts of this page, recent places, pages and projections by name, what the store finds. It only
 * opens places and presses buttons that are on the page; it is never a second way around a confirmation. Enter that is
 * pressed before the store has answered to what was typed waits for the answer.
 */
export function CommandPalette({
  open,
  onOpenChange,
  places,
  store,
  processes,
  searchHref,
  searchUrl,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  places: readonly PaletteGroup[];
  store: string;
  /** The names of consumers that are processes. */
  processes: readonly string[];
  searchHref: string;
  searchUrl: string;
}) {
  const router = useRouter();
  const [query, setQuery] = useState("");
  const [local, setLocal] = useState<{ actions: PaletteItem[]; recent: PaletteItem[] }>({ actions: [], recent: [] });
  const [waits, setWaits] = useState(false);
  useEffect(() => {
    if (!open) return;
    setQuery("");
    setWaits(false);
    setLocal({ actions: pageActions(), recent: recentItems() });
  }, [open]);

  const run = (item: PaletteItem) => {
    remember(item);
    onOpenChange(false);
    if (item.href !== undefined) router.push(item.href);
    // Base UI gives focus back first; an act that focuses a field must come after.
    else if (item.run) setTimeout(item.run, 60);
  };
  const found = useFound(open ? askedText(query) : "", store, searchUrl, processes);
  const groups = paletteGroups(query, local, places, found.items, searchItem(query, searchHref));
  const first = groups[0]?.items[0];
  const early = found.pending && needsAnswer(query, groups);
  const runFirst = useEffectEvent(() => {
    if (first) run(first);
  });
  useEffect(() => {
    if (!waits || early) return;
    setWaits(false);
    runFirst();
  }, [waits, early]);
  const onKeyDownCapture = (event: React.KeyboardEvent) => {
    if (event.key !== "Enter" || !early) return;
    event.preventDefault();
    event.stopPropagation();
    setWaits(true);
  };
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-scrim" />
        <Dialog.Popup
          aria-label="Command palette"
          className="fixed inset-x-3 top-[8vh] z-50 mx-auto flex max-h-[76vh] max-w-xl flex-col overflow-hidden rounded-dialog border bg-surface shadow-2xl"
        >
          <Autocomplete.Root
            open
            inline
            items={groups}
            mode="none"
            autoHighlight="always"
            keepHighlight
            value={query}
            onValueChange={(value) => {
              setQuery(value);
              setWaits(false);
            }}
            itemToStringValue={(item: PaletteItem) => item.label}
          >
            <div className="flex items-center gap-2 border-b px-4" onKeyDownCapture={onKeyDownCapture}>
              <Search size={16} strokeWidth={1.5} className="shrink-0 text-faint" aria-hidden="true" />
              <Autocomplete.Input
                aria-label="Search, or paste an id, position or stream"
                placeholder="Search, or paste an id, position or stream"
                className="h-11 w-full bg-transparent text-form outline-none placeholder:text-faint"
              />
              <span role="status" className="shrink-0 text-faint text-label">
                {waits ? "Opening what is found…" : early ? "Looking…" : null}
              </span>
              <kbd className="kbd">Esc</kbd>
            </div>
            <Dialog.Close className="sr-only">Close command palette</Dialog.Close>
            <Autocomplete.Empty>
              <p className="px-4 py-6 text-muted empty:hidden">Nothing here has that name.</p>
            </Autocomplete.Empty>
            <Autocomplete.List className="overflow-y-auto overscroll-contain py-1">
              {(group: PaletteGroup) => (
                <Autocomplete.Group key={group.value} items={group.items}>
                  <Autocomplete.GroupLabel className="caps px-4 pt-2 pb-1">{group.value}</Autocomplete.GroupLabel>
                  <Autocomplete.Collection>
                    {(item: PaletteItem) => (
                      <Autocomplete.Item
                        key={item.value}
                        value={item}
                        onClick={() => run(item)}
                        className="mx-1 flex min-h-8 cursor-default items-center justify-between gap-3 rounded-control px-3 data-highlighted:bg-selected"
                      >
                        <span className="min-w-0 shrink-0 truncate max-w-[70%]">{item.label}</span>
                        <span className="min-w-0 truncate text-faint text-label">{item.hint}</span>
                      </Autocomplete.Item>
                    )}
                  </Autocomplete.Collection>
                </Autocomplete.Group>
              )}
            </Autocomplete.List>
          </Autocomplete.Root>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** Whether only the store can say what is meant: an id, a position, a stream, or a name that nothing here has. */
function needsAnswer(query: string, groups: readonly PaletteGroup[]): boolean {
  if (query.trim().startsWith(">")) return false;
  return /^[#@:]|^\d|-/.test(query.trim()) || groups.every(({ value }) => value === "Search");
}

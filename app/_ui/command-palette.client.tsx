"use client";
import { Autocomplete } from "@base-ui/react/autocomplete";
import { Dialog } from "@base-ui/react/dialog";
import { Search } from "lucide-react";
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { goItems, type PaletteGroup, type PaletteItem, pageActions, recentItems, remember } from "./palette-items";

/**
 * Ctrl K: acts of this page, anything by id, recent places, pages and projections by name. It only opens places and
 * presses buttons that are on the page; it is never a second way around a confirmation.
 */
export function CommandPalette({
  open,
  onOpenChange,
  places,
  goHref,
  searchHref,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  places: readonly PaletteGroup[];
  goHref: string;
  searchHref: string;
}) {
  const router = useRouter();
  const [query, setQuery] = useState("");
  const [local, setLocal] = useState<{ actions: PaletteItem[]; recent: PaletteItem[] }>({ actions: [], recent: [] });
  useEffect(() => {
    if (!open) return;
    setQuery("");
    setLocal({ actions: pageActions(), recent: recentItems() });
  }, [open]);

  const run = (item: PaletteItem) => {
    remember(item);
    onOpenChange(false);
    if (item.href !== undefined) router.push(item.href);
    // Base UI gives focus back first; an act that focuses a field must come after.
    else if (item.run) setTimeout(item.run, 60);
  };
  const groups = groupsFor(query, local, places, goItems(query, goHref, searchHref));
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
            onValueChange={setQuery}
            itemToStringValue={(item: PaletteItem) => item.label}
          >
            <div className="flex items-center gap-2 border-b px-4">
              <Search size={16} strokeWidth={1.5} className="shrink-0 text-faint" aria-hidden="true" />
              <Autocomplete.Input
                aria-label="Search, or paste an id, position or stream"
                placeholder="Search, or paste an id, position or stream"
                className="h-11 w-full bg-transparent text-form outline-none placeholder:text-faint"
              />
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
                        <span className="truncate">{item.label}</span>
                        <span className="shrink-0 text-faint text-label">{item.hint}</span>
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

function groupsFor(
  query: string,
  local: { actions: PaletteItem[]; recent: PaletteItem[] },
  places: readonly PaletteGroup[],
  go: readonly PaletteItem[],
): PaletteGroup[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (item: PaletteItem) => words.every((word) => `${item.label} ${item.hint}`.toLowerCase().includes(word));
  const all: PaletteGroup[] = [
    { value: "On this page", items: local.actions.filter(fits) },
    { value: "Recent", items: local.recent.filter(fits) },
    ...places.map((group) => ({ value: group.value, items: group.items.filter(fits) })),
  ];
  const exact = /^[#@]|\d|-/.test(query);
  const direct: PaletteGroup = { value: "Go", items: go };
  const ordered = exact ? [direct, ...all] : [...all, direct];
  return ordered.filter((group) => group.items.length > 0);
}

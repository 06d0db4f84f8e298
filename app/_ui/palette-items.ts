/** One line of the command palette: where it leads, or what it does. */
export type PaletteItem = {
  readonly value: string;
  readonly label: string;
  readonly hint: string;
  readonly href?: string;
  readonly run?: () => void;
  /** It is what was typed, not only like it. */
  readonly exact?: boolean;
};

/** The palette's lines under one heading. */
export type PaletteGroup = { readonly value: string; readonly items: readonly PaletteItem[] };

const RECENT = "tidemark-recent";

/** What can be done on the page now: every visible element that names a key, in the order of the page. */
export function pageActions(): PaletteItem[] {
  const items = new Map<string, PaletteItem>();
  for (const element of document.querySelectorAll<HTMLElement>("main [aria-keyshortcuts]")) {
    if (element.getClientRects().length === 0 || element.matches(":disabled,[aria-disabled=true]")) continue;
    const label = (element.getAttribute("aria-label") ?? element.dataset.label ?? element.textContent ?? "").trim();
    if (!label || items.has(label)) continue;
    const run = () => (element instanceof HTMLInputElement ? element.focus() : element.click());
    const hint = element.getAttribute("aria-keyshortcuts") ?? "";
    items.set(label, { value: `action:${label}`, label, hint, run });
  }
  return [...items.values()];
}

/** The text that the store is asked for: what was typed without the mark in front of it. */
export function askedText(query: string): string {
  return query.trim().replace(/^[#@:>?]\s*/, "");
}

/** The line that searches everywhere for what was typed; none for fewer than two characters. */
export function searchItem(query: string, searchHref: string): readonly PaletteItem[] {
  const text = askedText(query);
  if (text.length < 2 && !/^\d+$/.test(text)) return [];
  const href = `${searchHref}${encodeURIComponent(text)}`;
  return [{ value: `search:${text}`, label: `Search for ${text}`, hint: "every kind", href }];
}

/**
 * The lines of the palette for what was typed, in the order in which they are offered: what is exactly that, acts of the page, recent
 * places, pages and names, what the store found beside it, the search. `>` in front offers acts alone.
 */
export function paletteGroups(
  query: string,
  local: { readonly actions: readonly PaletteItem[]; readonly recent: readonly PaletteItem[] },
  places: readonly PaletteGroup[],
  found: readonly PaletteItem[],
  search: readonly PaletteItem[],
): readonly PaletteGroup[] {
  const words = askedText(query).toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (item: PaletteItem) => words.every((word) => `${item.label} ${item.hint}`.toLowerCase().includes(word));
  const acts: PaletteGroup = { value: "On this page", items: local.actions.filter(fits) };
  if (query.trim().startsWith(">")) return acts.items.length > 0 ? [acts] : [];
  const named = places.map((group) => ({ value: group.value, items: group.items.filter(fits) }));
  const there = new Set(named.flatMap(({ items }) => items.map(({ href }) => href)));
  const beside = found.filter(({ href }) => !there.has(href));
  const groups: readonly PaletteGroup[] = [
    { value: "Exactly this", items: beside.filter(({ exact }) => exact) },
    acts,
    { value: "Recent", items: local.recent.filter(fits) },
    ...named,
    { value: "In the store", items: beside.filter(({ exact }) => !exact) },
    { value: "Search", items: search },
  ];
  return groups.filter(({ items }) => items.length > 0);
}

/** The last five places that were opened from the palette, newest first. */
export function recentItems(): PaletteItem[] {
  try {
    const stored: unknown = JSON.parse(window.localStorage.getItem(RECENT) ?? "[]");
    return Array.isArray(stored) ? stored.filter(isPlace).slice(0, 5) : [];
  } catch {
    return [];
  }
}

/** Remembers a place for `recentItems`. */
export function remember(item: PaletteItem): void {
  if (item.href === undefined) return;
  const place = {
    value: `recent:${item.href}`,
    label: item.label,
    hint: item.hint,
    href: item.href,
  };
  const others = recentItems().filter((other) => other.href !== item.href);
  window.localStorage.setItem(RECENT, JSON.stringify([place, ...others].slice(0, 5)));
}

function isPlace(value: unknown): value is PaletteItem {
  if (typeof value !== "object" || value === null) return false;
  const { label, href } = value as Record<string, unknown>;
  return typeof label === "string" && typeof href === "string" && href.startsWith("/") && !href.startsWith("//");
}

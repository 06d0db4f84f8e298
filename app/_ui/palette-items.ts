/** One line of the command palette: where it leads, or what it does. */
export type PaletteItem = {
  readonly value: string;
  readonly label: string;
  readonly hint: string;
  readonly href?: string;
  readonly run?: () => void;
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

/** Lines that take whatever was typed to the page it names, or look for it; none for fewer than two characters. */
export function goItems(query: string, goHref: string, searchHref: string): PaletteItem[] {
  const text = query.trim().replace(/^[#@]/, "");
  if (text.length < 2 && !/^\d+$/.test(text)) return [];
  const kind = /^\d+$/.test(text) ? "position" : /^[0-9a-f]{8}-/.test(text) ? "event or trace" : "stream, id or trace";
  const encoded = encodeURIComponent(text);
  return [
    { value: `go:${text}`, label: `Go to ${text}`, hint: kind, href: `${goHref}${encoded}` },
    { value: `search:${text}`, label: `Search for ${text}`, hint: "every kind", href: `${searchHref}${encoded}` },
  ];
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
    label: item.label.replace(/^Go to /, ""),
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

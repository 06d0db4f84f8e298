"use client";
import { useRouter } from "next/navigation";
import { useEffect } from "react";
import { announce } from "./announce";
import { copyText } from "./copy-text";
import { replayEarlyKeys } from "./early-keys";
import { dialogIsOpen } from "./open-dialog";
import { swappedKey } from "./swapped-keys";

type Special = { readonly openPalette: () => void; readonly openHelp: () => void };

/**
 * The console's keyboard. A key belongs to whatever element on the page names it in `aria-keyshortcuts`; pressing it
 * clicks that element, or focuses it when it is a field. `g` then a letter follows the link with that `data-go`.
 * Rows are the links with `data-row`: j and k move between them, Enter opens as links do. Keys that a person has swapped
 * mean each other.
 */
export function useGlobalKeys({ openPalette, openHelp }: Special): void {
  const router = useRouter();
  useEffect(() => {
    let goUntil = 0;
    /** Whether the key has had its effect, or is not ours. */
    const handle = (event: KeyboardEvent): boolean => {
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        openPalette();
        return true;
      }
      if ((event.metaKey || event.ctrlKey) && LEADING.has(event.key)) {
        const editing = event.key === "Backspace" && isTyping(event);
        if (!editing && !dialogIsOpen() && press(`Control+${event.key}`)) event.preventDefault();
        return true;
      }
      if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || isTyping(event)) return true;
      if (dialogIsOpen()) return true;
      // Who speaks to the machine, or types with a shaking hand, can switch keys of one character off (WCAG 2.1.4).
      if (event.key.length === 1 && document.documentElement.dataset.keys === "off") return true;
      const meant = meaningOf(event.key);
      if (Date.now() < goUntil) {
        goUntil = 0;
        const link = document.querySelector<HTMLAnchorElement>(`a[data-go="${CSS.escape(meant)}"]`);
        if (!link) return true;
        event.preventDefault();
        router.push(link.getAttribute("href") ?? "/");
        return true;
      }
      if (meant === "g") {
        goUntil = Date.now() + 1_200;
        return true;
      }
      // Shift makes another letter of most keys; of the arrows it makes a longer step.
      const key = event.shiftKey && event.key.startsWith("Arrow") ? `Shift+${event.key}` : meant;
      const done = press(key) || act(meant, openHelp);
      if (done) event.preventDefault();
      return done;
    };
    const waiting = replayEarlyKeys(handle);
    window.addEventListener("keydown", waiting.take);
    return () => {
      waiting.stop();
      window.removeEventListener("keydown", waiting.take);
    };
  }, [router, openPalette, openHelp]);
}

/** With Ctrl or ⌘ these lead on and back in wizards, from inside a field too. */
const LEADING: ReadonlySet<string> = new Set(["Enter", "Backspace"]);

function meaningOf(key: string): string {
  return key.length === 1 ? swappedKey(document.documentElement.dataset.swaps, key) : key;
}

function isTyping(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName)) return true;
  if (target instanceof HTMLInputElement) {
    if (event.key === "Escape") target.blur();
    return target.type !== "range" || /^(Arrow|Home|End|Page)/.test(event.key);
  }
  // A focused button or link keeps Space and Enter to itself.
  return event.key === "Enter" || (event.key === " " && target.tagName === "BUTTON");
}

function press(key: string): boolean {
  const name = key === " " ? "Space" : key;
  for (const element of document.querySelectorAll<HTMLElement>(`[aria-keyshortcuts~="${CSS.escape(name)}"]`)) {
    if (element.getClientRects().length === 0 || element.matches(":disabled,[aria-disabled=true]")) continue;
    if (element instanceof HTMLInputElement) {
      element.focus();
      element.select();
    } else element.click();
    return true;
  }
  return false;
}

function act(key: string, openHelp: () => void): boolean {
  if (key === "j") return move(1);
  if (key === "k") return move(-1);
  if (key === "c") return copyId();
  if (key === "y") return copied(window.location.href, "link to this view");
  if (key === "?") {
    openHelp();
    return true;
  }
  if (key === "Escape" && document.activeElement instanceof HTMLElement) document.activeElement.blur();
  return false;
}

function move(step: 1 | -1): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>("a[data-row]")].filter((row) => row.offsetParent !== null);
  if (rows.length === 0) return false;
  const held = document.activeElement?.closest("tr, [data-row-item]")?.querySelector<HTMLElement>("a[data-row]");
  const at = held ? rows.indexOf(held) : -1;
  const target =
    rows[at === -1 ? (step === 1 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step))];
  target?.focus({ preventScroll: true });
  target?.scrollIntoView({ block: "nearest" });
  return true;
}

function copyId(): boolean {
  const row = document.activeElement?.closest<HTMLElement>("[data-copy]");
  const holder = row ?? document.querySelector<HTMLElement>("main [data-copy-page]");
  const id = holder?.dataset.copy ?? holder?.dataset.copyPage;
  return id === undefined ? false : copied(id, id);
}

function copied(text: string, what: string): boolean {
  void copyText(text).then((worked) => announce(worked ? `Copied ${what}` : `Could not copy ${what}`));
  return true;
}

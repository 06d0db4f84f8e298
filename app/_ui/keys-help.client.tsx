"use client";
import { X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { swappedKey } from "./swapped-keys";

type Row = { readonly keys: string; readonly label: string };

const fixed: readonly Row[] = [
  { keys: "Ctrl K", label: "Search or go to anything" },
  { keys: "j k", label: "Next, previous row" },
  { keys: "Enter", label: "Open the row" },
  { keys: "c", label: "Copy the id of the row or page" },
  { keys: "y", label: "Copy a link to this view" },
  { keys: "?", label: "These keys" },
];

/**
 * Lists the keys of this page, read off the page itself, so that the list is never out of date. It lies over the page and takes
 * nothing of it away: a modal dialog has the browser style every element anew, twice, and both presses wait for it.
 */
export function KeysHelp({ onClose }: { onClose: () => void }) {
  const list = useRef<HTMLDivElement>(null);
  const close = useRef<HTMLButtonElement>(null);
  const [{ switchedOff, everywhere, page }] = useState(keysOfPage);
  useEffect(() => {
    list.current?.showPopover();
    close.current?.focus();
  }, []);
  return (
    <div
      ref={list}
      popover="auto"
      role="dialog"
      aria-labelledby="keys-help"
      onToggle={({ newState }) => {
        if (newState === "closed") onClose();
      }}
      className="fixed inset-x-3 top-[10vh] bottom-auto m-auto max-h-[80vh] w-auto max-w-2xl overflow-y-auto overscroll-contain rounded-dialog border bg-surface p-5 text-ink shadow-xl backdrop:bg-scrim"
    >
      <div className="mb-3 flex items-center justify-between">
        <h2 id="keys-help" className="font-semibold text-title">
          Keyboard
        </h2>
        <button
          ref={close}
          type="button"
          className="icon-btn"
          aria-label="Close"
          onClick={() => list.current?.hidePopover()}
        >
          <X size={16} strokeWidth={1.5} />
        </button>
      </div>
      {switchedOff ? (
        <p className="mb-3 rounded-card border border-line-strong border-dashed p-2 text-muted">
          Keys of one character are switched off in Settings, Profile.
        </p>
      ) : null}
      <div className="grid gap-6 sm:grid-cols-2">
        <Keys title="Everywhere" rows={everywhere} />
        <Keys title="On this page" rows={page} />
      </div>
    </div>
  );
}

function keysOfPage() {
  return {
    switchedOff: document.documentElement.dataset.keys === "off",
    everywhere: [...fixed, ...collect("a[data-go]", (element) => `g ${element.dataset.go ?? ""}`)],
    page: collect("[aria-keyshortcuts]", (element) => element.getAttribute("aria-keyshortcuts") ?? ""),
  };
}

function Keys({ title, rows }: { title: string; rows: readonly Row[] }) {
  return (
    <div>
      <h3 className="caps mb-1">{title}</h3>
      <dl>
        {rows.map((row) => (
          <div
            key={row.keys + row.label}
            className="flex h-7 items-center justify-between gap-3 border-line/60 border-b"
          >
            <dt className="truncate">{row.label}</dt>
            <dd className="flex gap-1">
              {pressed(row.keys).map((key) => (
                <kbd key={key} className="kbd">
                  {key}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** The keys of a row as they are pressed by who has swapped some. With Ctrl nothing is swapped. */
function pressed(keys: string): readonly string[] {
  const swaps = document.documentElement.dataset.swaps;
  return keys.split(" ").map((key) => (key.length > 1 || keys.startsWith("Ctrl") ? key : swappedKey(swaps, key)));
}

function collect(selector: string, keysOf: (element: HTMLElement) => string): Row[] {
  const rows = new Map<string, Row>();
  for (const element of document.querySelectorAll<HTMLElement>(selector)) {
    const label = element.getAttribute("aria-label") ?? element.dataset.label ?? element.textContent ?? "";
    const keys = keysOf(element);
    if (!rows.has(keys)) rows.set(keys, { keys, label: label.trim() });
  }
  return [...rows.values()];
}

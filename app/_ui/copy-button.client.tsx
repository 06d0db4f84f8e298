"use client";
import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { announce } from "./announce";
import { copyText } from "./copy-text";
import { earlyPress } from "./early-press";

/**
 * Copies `text`; a check mark for 1.5 s says that it did. `what` names it for screen readers, "Copy event id", and where it
 * is `shown`, for everybody.
 */
export function CopyButton({ text, what, shown = false }: { text: string; what: string; shown?: boolean }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    const worked = await copyText(text);
    announce(worked ? `Copied ${what}` : `Could not copy ${what}: select it and copy by hand`);
    if (!worked) return;
    setDone(true);
    setTimeout(() => setDone(false), 1_500);
  };
  return (
    <button
      {...earlyPress}
      type="button"
      className={shown ? "btn" : "icon-btn"}
      aria-label={`Copy ${what}`}
      title={`Copy ${what}`}
      onClick={copy}
    >
      {done ? <Check size={14} strokeWidth={1.5} className="text-ok" /> : <Copy size={14} strokeWidth={1.5} />}
      {shown ? `Copy ${what}` : null}
    </button>
  );
}

"use client";
import { Check, Pause, Play, Send } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { announce } from "./announce";
import { earlyPress } from "./early-press";
import { KeyHint } from "./key-hint";
import { postAct } from "./post-act";

/**
 * A reversible act in one press. It shows that it is at work, says what came of it, and draws the page anew; a refusal
 * stands beside the button in the server's words.
 */
export function ActButton({
  url,
  label,
  shown = label,
  means,
  done,
  icon,
  keys,
  primary = false,
}: {
  url: string;
  label: string;
  /** What stands on the button where the row already says the rest of its name. */
  shown?: string;
  /** What comes of it, and how it is taken back: said on the button, since nothing is asked before it is done. */
  means: string;
  done: string;
  icon: "pause" | "play" | "check" | "send";
  keys?: string;
  primary?: boolean;
}) {
  const router = useRouter();
  const [fault, setFault] = useState<string>();
  const [pending, start] = useTransition();
  const act = () =>
    start(async () => {
      const problem = await postAct(url);
      setFault(problem);
      announce(problem ?? done);
      router.refresh();
    });
  const Icon = { pause: Pause, play: Play, check: Check, send: Send }[icon];
  return (
    <span className="inline-flex flex-wrap items-center gap-2">
      {fault ? <span className="max-w-sm text-bad text-data">{fault}</span> : null}
      <button
        {...earlyPress}
        type="button"
        className="btn"
        data-primary={primary ? "" : undefined}
        disabled={pending}
        aria-keyshortcuts={keys}
        aria-label={shown === label ? undefined : label}
        title={means}
        onClick={act}
      >
        <Icon size={14} strokeWidth={1.5} aria-hidden="true" />
        {pending ? `${shown}…` : shown}
        <KeyHint keys={keys} />
      </button>
    </span>
  );
}

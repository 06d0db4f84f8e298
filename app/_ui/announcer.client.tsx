"use client";
import { useEffect, useState } from "react";

/** The one live region of the console: what `announce` says is read here, and shown as a small note. */
export function Announcer() {
  const [message, setMessage] = useState("");
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onAnnounce = (event: Event) => {
      if (!(event instanceof CustomEvent)) return;
      setMessage(String(event.detail));
      clearTimeout(timer);
      timer = setTimeout(() => setMessage(""), 1_800);
    };
    window.addEventListener("tidemark:announce", onAnnounce);
    return () => {
      window.removeEventListener("tidemark:announce", onAnnounce);
      clearTimeout(timer);
    };
  }, []);
  return (
    <div role="status" aria-live="polite" className="pointer-events-none fixed inset-x-0 bottom-16 z-50 text-center">
      {message ? (
        <span className="inline-block rounded-control bg-ink px-3 py-1.5 font-medium text-canvas shadow-lg">
          {message}
        </span>
      ) : null}
    </div>
  );
}

"use client";
import { RotateCw } from "lucide-react";
import { useEffect, useRef, useTransition } from "react";
import { Glyph } from "./glyph";
import { storeAnswers } from "./store-answers";

/**
 * What a page shows when reading it failed: what that means, the number under which the log has the cause, and a retry
 * that draws the page anew. When the store was silent and answers again, it retries by itself. `reference` is Next's digest of the error, which the server's log line carries too.
 */
export function ErrorPanel({ reference, onRetry }: { reference: string | undefined; onRetry: () => void }) {
  const [pending, start] = useTransition();
  const retry = useRef(onRetry);
  retry.current = onRetry;
  useEffect(() => {
    let wasSilent = false;
    const look = setInterval(async () => {
      const answers = await storeAnswers();
      if (answers && wasSilent) retry.current();
      wasSilent = !answers;
    }, 3_000);
    return () => clearInterval(look);
  }, []);
  return (
    <div role="alert" className="mx-auto flex max-w-xl flex-col items-start gap-3 px-4 py-16">
      <h1 className="flex items-center gap-2 font-semibold text-form">
        <Glyph status="bad" size={12} />
        This page could not be read.
      </h1>
      <p className="text-muted">
        The store did not answer as expected. Nothing was changed. If PostgreSQL is starting again, a retry is enough;
        otherwise the log of the console names the cause under the request id.
      </p>
      <p className="mono text-faint">request id {reference ?? "not known"}</p>
      <button type="button" data-primary className="btn" disabled={pending} onClick={() => start(onRetry)}>
        <RotateCw size={14} strokeWidth={1.5} aria-hidden="true" />
        {pending ? "Trying" : "Try again"}
      </button>
    </div>
  );
}

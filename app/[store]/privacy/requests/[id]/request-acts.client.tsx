"use client";
import { urls } from "@/app/_lib/urls";
import { ActSheet } from "@/app/_ui/act-sheet.client";
import { earlyPress } from "@/app/_ui/early-press";
import { useRevealed } from "@/app/_ui/use-revealed";

/** Whom an open request is about: shown to somebody who says why, for a while, and never kept. */
export function WhoItIs({ store, request }: { store: string; request: string }) {
  const { revealed, reveal, hide } = useRevealed<{ readonly subject: string; readonly tenant: string | null }>();
  if (revealed === undefined) {
    return (
      <ActSheet
        store={store}
        url={urls.api(store, `/shreds/${request}/reveal`)}
        act="reveal-shred-subject"
        label="Who is it"
        confirm="Show whom it is about"
        done="The person's id is shown"
        needsReason
        take={(answer) => reveal(answer as { subject: string; tenant: string | null })}
      >
        Shows the person's id on this page for five minutes, or until you leave it. That you looked, and why, is in the
        audit. When the request has ended nobody knows any more.
      </ActSheet>
    );
  }
  return (
    <span className="inline-flex flex-wrap items-center gap-2 rounded-control border border-shred-solid px-2">
      <span className="mono">{revealed.subject}</span>
      {revealed.tenant === null ? null : <span className="text-muted">of tenant {revealed.tenant}</span>}
      <button {...earlyPress} type="button" className="link text-data" onClick={hide}>
        Hide
      </button>
    </span>
  );
}

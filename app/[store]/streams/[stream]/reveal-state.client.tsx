"use client";
import { urls } from "@/app/_lib/urls";
import { ActSheet } from "@/app/_ui/act-sheet.client";
import { Revealed } from "@/app/_ui/revealed.client";
import { useRevealed } from "@/app/_ui/use-revealed";

/** Shows a state with the personal data in it to somebody who says why, which is audited; it is gone with the page. */
export function RevealState({ store, name, version }: { store: string; name: string; version: number }) {
  const { revealed, reveal, hide } = useRevealed<string>();
  if (revealed === undefined) {
    return (
      <div className="border-t px-4 py-1.5">
        <ActSheet
          store={store}
          url={urls.api(store, `/streams/${encodeURIComponent(name)}/state/reveal`)}
          label="Reveal"
          confirm="Reveal personal data of this state"
          done="Personal data is shown"
          needsReason
          body={{ version }}
          take={(answer) => reveal(JSON.stringify((answer as { state: unknown }).state, null, 2))}
        >
          Shows this state with its personal values for five minutes, or until you leave it. Who looked at which state,
          and why, is in the audit; the values are not.
        </ActSheet>
      </div>
    );
  }
  return (
    <Revealed hide={hide}>
      <pre className="mono wrap-anywhere whitespace-pre-wrap">{revealed}</pre>
    </Revealed>
  );
}

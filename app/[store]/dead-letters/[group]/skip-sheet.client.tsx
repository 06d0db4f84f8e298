"use client";
import { useState } from "react";
import { urls } from "@/app/_lib/urls";
import { ActSheet } from "@/app/_ui/act-sheet.client";
import { plural } from "@/app/_ui/format";
import { askPreview } from "@/app/_ui/post-act";
import type { SkipPreview } from "@/lib/operations/order-letters";

type Seen = SkipPreview & { readonly hash: string };

/** Giving letters up for good: the sheet shows what would happen now, and only exactly that is done. */
export function SkipSheet({ store, group, ids }: { store: string; group: string; ids: readonly string[] }) {
  const [seen, setSeen] = useState<Seen>();
  const [problem, setProblem] = useState<string>();
  const url = urls.api(store, `/dead-letters/groups/${group}/skip`);
  const look = () => {
    setSeen(undefined);
    void askPreview(`${url}?ids=${ids.join(",")}`).then((asked) => {
      setProblem(asked.problem);
      if (asked.problem === undefined) setSeen(asked.answer as Seen);
    });
  };
  return (
    <ActSheet
      store={store}
      url={url}
      act="skip-dead-letters"
      label="Skip and unblock"
      confirm={`Skip ${plural(ids.length, "event")} for good`}
      done={`${plural(ids.length, "event")} skipped`}
      body={{ ids, approved: seen?.hash }}
      typed={group}
      danger
      needsReason
      look={look}
      ready={seen !== undefined}
    >
      {problem ? <p className="text-bad">{problem}</p> : null}
      {seen ? (
        <>
          <dl aria-label="What will happen" className="my-2 grid grid-cols-[auto_1fr] gap-x-4 text-ink">
            <dt className="text-muted">given up for good</dt>
            <dd>
              {plural(seen.letters.length, "event")} of {plural(seen.streams, "stream")}
            </dd>
            <dt className="text-muted">applied after them</dt>
            <dd>
              {seen.blocked.count}
              {seen.blocked.more ? "+" : ""} that wait behind
            </dd>
            <dt className="text-muted">read model</dt>
            <dd>{seen.consumers.join(", ")}: it differs from the log from then on</dd>
            <dt className="text-muted">preview</dt>
            <dd className="mono">{seen.hash.slice(0, 8)}</dd>
          </dl>
          The events themselves stay in the log.
        </>
      ) : problem ? null : (
        <p>Looking at what would happen…</p>
      )}
    </ActSheet>
  );
}

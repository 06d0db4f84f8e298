import { urls } from "@/app/_lib/urls";
import { CommandLine } from "@/app/_ui/empty-state";
import { formatDuration, plural } from "@/app/_ui/format";
import { Glyph } from "@/app/_ui/glyph";
import { Link } from "@/app/_ui/link.client";
import { Section } from "@/app/_ui/page-header";
import type { LegalHold } from "@/lib/shred/legal-hold";
import type { ShredPreview } from "@/lib/shred/preview";
import type { ShredRequest } from "@/lib/shred/shred-request";
import { ApproveForm } from "./approve-form.client";
import { RefuseRequest } from "./refuse-request";

/** The third step: who may approve, what stands in the way, and the approval of exactly what was frozen. */
export function ConfirmStep({
  store,
  request,
  preview,
  hash,
  hold,
  mayApprove,
}: {
  store: string;
  request: ShredRequest;
  preview: ShredPreview;
  hash: string;
  hold: LegalHold | null;
  /** False for the one who asked, in a store that asks for two persons. */
  mayApprove: boolean;
}) {
  const { events, fields, readModels, keys } = preview;
  const blocked = readModels.filter(({ fate }) => fate === "blocked").map(({ name }) => name);
  const what = `Destroy ${plural(keys.filter(({ live }) => live).length, "key")} under ${plural(events, "event")}`;
  return (
    <>
      <Section
        title="Cannot be undone by anyone"
        className="pb-3"
        aside={
          <span className="text-data text-muted">
            preview <span className="mono">{hash.slice(0, 8)}</span>
          </span>
        }
      >
        <p className="max-w-prose px-4 pb-2">
          {plural(fields, "value")} in {plural(events, "event")} can then be read by nobody. Should anything of this
          person be appended, or their keys change, before it begins, the approval is void, nothing is erased, and it is
          asked for anew.{" "}
          {request.coolingMinutes === 0
            ? "It begins with the approval."
            : `It begins ${formatDuration(request.coolingMinutes * 60_000)} after the approval; until then anybody who may approve can withdraw it.`}
        </p>
        {hold !== null ? (
          <InTheWay>
            A legal hold stands since {hold.setAt.slice(0, 10)} ({hold.reason}). Release it on the page of{" "}
            <Link className="link" href={urls.subject(store, request.subject)}>
              the person
            </Link>{" "}
            first.
          </InTheWay>
        ) : blocked.length > 0 ? (
          <InTheWay>
            Data of this person stands in {blocked.join(", ")}, which every append writes, so nothing can be built
            beside it. Take the personal columns out of it, or make it asynchronous; then request again.
          </InTheWay>
        ) : mayApprove ? (
          <ApproveForm
            store={store}
            request={request.id}
            hash={hash}
            confirm={what}
            waits={request.coolingMinutes > 0}
          />
        ) : (
          <div className="max-w-prose px-4">
            <p className="flex items-baseline gap-2">
              <Glyph status="idle" />
              You asked for this, so somebody else approves it: another person with the role privacy-officer, on this
              page or by
            </p>
            <CommandLine>{`bin/tidemark shreds approve ${request.id} --preview ${hash}`}</CommandLine>
          </div>
        )}
      </Section>
      <div className="flex flex-wrap items-center gap-2 border-t px-4 pt-3 pb-6">
        <Link
          className="btn"
          href={urls.shred(store, request.id, { step: "radius" })}
          aria-keyshortcuts="Control+Backspace"
        >
          Back
        </Link>
        <RefuseRequest store={store} request={request.id} />
        <span className="text-data text-muted max-md:hidden">Ctrl ⌫ goes back</span>
      </div>
    </>
  );
}

function InTheWay({ children }: { children: React.ReactNode }) {
  return (
    <p role="note" className="mx-4 flex max-w-prose items-start gap-2 rounded-card border border-bad-solid p-2">
      <Glyph status="bad" />
      <span>{children}</span>
    </p>
  );
}

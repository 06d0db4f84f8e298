import { formatDuration } from "@/app/_ui/format";
import { Glyph, type Status } from "@/app/_ui/glyph";
import { Section } from "@/app/_ui/page-header";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { LegalHold } from "@/lib/shred/legal-hold";
import type { ShredRequest } from "@/lib/shred/shred-request";
import { timeLeft } from "../../request-state";
import { RefuseRequest } from "./refuse-request";

/** The fourth step while nothing has begun: what was done, what is waited for, and how to take it back. */
export function CoolingStep({
  store,
  request,
  hold,
}: {
  store: string;
  request: ShredRequest;
  hold: LegalHold | null;
}) {
  const { id, state, cooling, coolingMinutes, beginsAt, requestedBy, requestedAt, approvedBy, approvedAt } = request;
  if (state !== "approved") return <p className="px-4 py-3 text-muted">It was withdrawn before it began.</p>;
  return (
    <Section title="Nothing is destroyed yet" className="pb-6">
      <ol className="space-y-1 px-4 pb-3">
        <Station status="ok" name="Asked" at={requestedAt}>
          by {requestedBy}
        </Station>
        <Station status="ok" name="Approved" at={approvedAt}>
          by {approvedBy}
        </Station>
        <Station status={hold ? "idle" : "run"} name="Begins" at={beginsAt}>
          {cooling
            ? `in ${timeLeft(beginsAt)}, after ${formatDuration(coolingMinutes * 60_000)} of cooling off`
            : "as soon as no other shred is at work"}
          {hold ? `, and not while the legal hold of ${hold.setBy} stands (${hold.reason})` : null}
        </Station>
        <Station status="stale" name="Keys destroyed" at={null} />
        <Station status="stale" name="Read models made anew" at={null} />
        <Station status="stale" name="Certificate" at={null} />
      </ol>
      <div className="px-4">
        <RefuseRequest store={store} request={id} approved />
      </div>
    </Section>
  );
}

function Station({
  status,
  name,
  at,
  children,
}: {
  status: Status;
  name: string;
  at: string | null;
  children?: React.ReactNode;
}) {
  return (
    <li className="flex flex-wrap items-baseline gap-x-2">
      <Glyph status={status} />
      <span className={at === null ? "text-muted" : "font-medium"}>{name}</span>
      {at === null ? null : (
        <span className="text-muted">
          <TimeCell at={at} year />
        </span>
      )}
      <span className="text-muted">{children}</span>
    </li>
  );
}

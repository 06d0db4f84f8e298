import { formatDuration } from "@/app/_ui/format";
import type { Status } from "@/app/_ui/glyph";
import { StatusPill } from "@/app/_ui/status-pill";
import type { ShredRequest } from "@/lib/shred/shred-request";

/** Where a request stands, in a word. */
export function RequestState({ request }: { request: Pick<ShredRequest, "state" | "preview"> }) {
  const [status, words] = stateOf(request);
  return <StatusPill status={status}>{words}</StatusPill>;
}

function stateOf({ state, preview }: Pick<ShredRequest, "state" | "preview">): readonly [Status, string] {
  switch (state) {
    case "requested":
      return preview === null ? ["run", "looked for"] : ["warn", "waits for approval"];
    case "approved":
      return ["run", "approved"];
    case "shredding":
      return ["run", "shredding"];
    case "completed":
      return ["shred", "forgotten"];
    case "refused":
      return ["idle", "refused"];
    case "void":
      return ["idle", "void"];
  }
}

/** When a request is due, and whether that was kept. `now` in milliseconds. */
export function Due({ request, now }: { request: ShredRequest; now: number }) {
  const { dueAt, endedAt, overdue } = request;
  const due = Date.parse(dueAt);
  const day = (
    <time dateTime={dueAt} title={dueAt} className="mono whitespace-nowrap">
      {dueAt.slice(0, 10)}
    </time>
  );
  if (endedAt !== null) {
    const late = Date.parse(endedAt) - due;
    return (
      <span className="inline-flex flex-wrap gap-x-2">
        {day}
        <span className={late > 0 ? "text-bad" : "text-muted"}>
          {late > 0 ? `ended ${formatDuration(late)} late` : "ended in time"}
        </span>
      </span>
    );
  }
  return (
    <span className="inline-flex flex-wrap items-center gap-x-2">
      {day}
      {overdue ? (
        <StatusPill status="bad">overdue by {formatDuration(Math.max(0, now - due))}</StatusPill>
      ) : (
        <span className="text-muted">in {formatDuration(Math.max(0, due - now))}</span>
      )}
    </span>
  );
}

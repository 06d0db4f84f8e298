import { formatDuration } from "@/app/_ui/format";
import type { Status } from "@/app/_ui/glyph";
import { StatusPill } from "@/app/_ui/status-pill";
import type { ShredRequest } from "@/lib/shred/shred-request";

type Standing = Pick<ShredRequest, "state" | "preview" | "approvedBy" | "cooling" | "beginsAt">;

/** Where a request stands, in a word or with the time that is left before it begins. */
export function RequestState({ request }: { request: Standing }) {
  const [status, words] = stateOf(request);
  return <StatusPill status={status}>{words}</StatusPill>;
}

function stateOf({ state, preview, approvedBy, cooling, beginsAt }: Standing): readonly [Status, string] {
  switch (state) {
    case "requested":
      return preview === null ? ["run", "looked for"] : ["warn", "waits for approval"];
    case "approved":
      return cooling ? ["idle", `begins in ${timeLeft(beginsAt)}`] : ["run", "approved"];
    case "shredding":
      return ["run", "shredding"];
    case "completed":
      return ["shred", "forgotten"];
    case "refused":
      return ["idle", approvedBy === null ? "refused" : "withdrawn"];
    case "void":
      return ["idle", "void"];
  }
}

const MINUTE_MS = 60_000;

/** How long a cooling-off time still runs, in whole minutes by this server's clock: a word for people, not what holds. */
export function timeLeft(beginsAt: string | null): string {
  const minutes = Math.ceil((Date.parse(beginsAt ?? "") - Date.now()) / MINUTE_MS);
  return formatDuration(Math.max(1, minutes) * MINUTE_MS);
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

import type { Status } from "@/app/_ui/glyph";
import { StatusPill } from "@/app/_ui/status-pill";
import type { CommandRow, HandledOutcome } from "@/lib/queries/command-log";

const STATUS: Readonly<Record<HandledOutcome, Status>> = {
  accepted: "ok",
  // A domain that says no does its work.
  rejected: "idle",
  conflict: "warn",
  invalid: "warn",
  failed: "bad",
};

const WORDS: Readonly<Record<HandledOutcome, string>> = {
  accepted: "The domain agreed, and what it decided is stored",
  rejected: "The domain said no",
  conflict: "Others wrote to the stream first, each time",
  invalid: "What was sent, or came of it, could not be taken",
  failed: "A fault kept it from being carried out",
};

/** What became of a command, and its code. */
export function OutcomePill({ outcome, code }: Pick<CommandRow, "outcome" | "code">) {
  return (
    <span className="inline-flex min-w-0 items-center gap-2">
      <StatusPill status={STATUS[outcome]} title={WORDS[outcome]}>
        {outcome}
      </StatusPill>
      {code === null ? null : <span className="mono truncate text-muted">{code}</span>}
    </span>
  );
}

import type { CommandOutcome, CommandRequest } from "@/lib/commands/command";
import type { WriteResult } from "@/lib/event-store/recorded-event";
import { TidemarkError, VersionConflict } from "@/lib/kernel/errors";

/**
 * What became of a command. `rejected` is the domain's no; `conflict`: others were first each time; `invalid`: what was
 * sent, or came of it, could not be taken; `failed`: a fault.
 */
type HandledOutcome = "accepted" | "rejected" | "conflict" | "invalid" | "failed";

/** A command and what became of it, as its log keeps it: neither its input nor the words of a no, which may be about a person. */
export type HandledCommand = {
  readonly id: string;
  readonly category: string;
  readonly command: string;
  readonly stream: string;
  readonly actor: string | null;
  readonly tenant: string | null;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly outcome: HandledOutcome;
  /** The rejection's or the error's code; null when accepted. */
  readonly code: string | null;
  readonly attempts: number;
  readonly ms: number;
  /** Null where it came to no decision. */
  readonly version: number | null;
  readonly written: readonly { readonly stream: string; readonly fromVersion: number; readonly toVersion: number }[];
};

/** Which command it was: known before anything came of it. */
type Identified = {
  readonly request: CommandRequest;
  readonly stream: string;
  readonly commandId: string;
  readonly correlationId: string;
};

/** The account of a command that was decided on. */
export function accountOf(
  command: Identified,
  { outcome, ...decided }: CommandOutcome,
  written: readonly WriteResult[],
  ms: number,
): HandledCommand {
  return {
    ...about(command),
    outcome,
    code: "code" in decided ? decided.code : null,
    attempts: decided.attempts,
    ms,
    version: decided.version,
    written: written.map(({ stream, fromVersion, toVersion }) => ({ stream, fromVersion, toVersion })),
  };
}

/** The account of a command that ended in an error. */
export function accountOfError(command: Identified, error: unknown, attempts: number, ms: number): HandledCommand {
  const code = error instanceof TidemarkError ? error.code : "internal";
  const failed = code === "internal" || code === "unavailable";
  const outcome = error instanceof VersionConflict ? "conflict" : failed ? "failed" : "invalid";
  return { ...about(command), outcome, code, attempts, ms, version: null, written: [] };
}

function about({ request, stream, commandId, correlationId }: Identified) {
  const { category, command, actor = null, tenant = null, causationId = null } = request;
  return { id: commandId, category, command, stream, actor, tenant, correlationId, causationId };
}

import type { Catalog } from "@/lib/catalog/catalog";
import type { StreamReader } from "@/lib/catalog/fold-stream";
import type { CommandOutcome, CommandRequest } from "@/lib/commands/command";
import { accountOf, accountOfError, type HandledCommand } from "@/lib/commands/handled-command";
import { loadState } from "@/lib/commands/load-state";
import { identifyCommand, type PreparedCommand, prepareCommand } from "@/lib/commands/prepare";
import { findReplay, type KeyMemory } from "@/lib/commands/replay";
import { createStateCache } from "@/lib/commands/state-cache";
import { toNewEvents } from "@/lib/commands/to-new-events";
import type { Decision, DomainEvent, Joint, Rejection } from "@/lib/define";
import type { Append, CommandNote, NewEvent, StreamWrite, WriteResult } from "@/lib/event-store/recorded-event";
import { IdempotencyKeyReused, VersionConflict } from "@/lib/kernel/errors";
import { derivedId, newId } from "@/lib/kernel/ids";
import type { SnapshotReader } from "@/lib/snapshots/snapshot";
import { inAppendSpan } from "@/lib/telemetry/append-span";
import { attributes } from "@/lib/telemetry/attributes";
import { instruments } from "@/lib/telemetry/instruments";
import { currentTraceparent, errorType, withSpan } from "@/lib/telemetry/tracer";

export type { Accepted, CommandRequest } from "@/lib/commands/command";

/** What command handling needs of the event store. */
export type CommandStore = StreamReader &
  KeyMemory & { readonly append: (append: Append) => Promise<readonly WriteResult[]> };

/** The command side of a store. */
export type Commands = {
  /**
   * Loads, decides and appends. A decision's no is an outcome, not an error. Throws `NotFound` (no such command),
   * `InvalidRequest` (its input), `VersionConflict` (others were first four times in a row), `IdempotencyKeyReused`,
   * `StreamNotUnderstood`, `PayloadRefused`, `TooLarge`, `Unavailable`. With `append`, its events are stored through that:
   * how a caller has them in a transaction of his own.
   */
  handle(request: CommandRequest, append?: CommandStore["append"]): Promise<CommandOutcome>;
  /** Forgets every state that is remembered; they are folded anew when they are needed. */
  forgetStates(): void;
};

const retriesOnConflict = 3;

/**
 * Builds command handling over a store and a catalog. `rememberedStreams` bounds how many states are kept in memory;
 * `record` is told what became of each command, once, when it is known; a replay is no command.
 */
export function createCommands(parts: {
  readonly store: CommandStore;
  readonly catalog: Catalog;
  readonly snapshots?: SnapshotReader;
  readonly rememberedStreams?: number;
  readonly record?: (handled: HandledCommand) => void;
}): Commands {
  const { store, catalog, snapshots, record = () => undefined } = parts;
  const cache = createStateCache(parts.rememberedStreams ?? 256);

  async function attempt(
    command: PreparedCommand,
    receivedAt: string,
    attempts: number,
    append: CommandStore["append"],
  ): Promise<CommandOutcome> {
    const { stream, otherStream, decider, commandId, correlationId } = command;
    const load = (name: string) => loadState({ store, catalog, cache, snapshots }, decider, name);
    const [[{ state, version }, other], loadMs] = await timed("load", () =>
      Promise.all([load(stream), otherStream === undefined ? undefined : load(otherStream)]),
    );
    // Asked after loading: whatever a first call with this key has stored since is then either seen here or a conflict.
    const replay = await findReplay(parts, command);
    if (replay) return replay;

    const [decision, decideMs] = await timed("decide", async () => command.decide(state, other?.state));
    if (isRejection(decision)) {
      const { code, message } = decision;
      return { outcome: "rejected", code, message, stream, version, attempts, commandId, correlationId };
    }
    const { here, there } = sidesOf(decision);
    const accepted = { outcome: "accepted", stream, replayed: false, attempts, commandId, correlationId } as const;
    if (here.length === 0) return { ...accepted, version, position: null, events: [] };

    const digest = command.idempotency && { inputDigest: command.idempotency.digest };
    const note: CommandNote = {
      id: commandId,
      name: command.request.command,
      receivedAt,
      loadMs,
      decideMs,
      attempts,
      ...digest,
    };
    const events = withIds(command, toNewEvents(decider, here), 0);
    const writes = [writeOf(stream, version, events)];
    if (otherStream !== undefined) {
      writes.push(
        writeOf(otherStream, other?.version ?? 0, withIds(command, toNewEvents(decider, there), here.length)),
      );
    }
    const about = { [attributes.stream]: stream, [attributes.version]: version, [attributes.events]: events.length };
    const written = await inAppendSpan(about, () => append(toAppend(command, note, writes)));
    const [{ fromVersion, toVersion, lastPosition, replayed }] = written as [WriteResult];
    // A twin of this request was first: its answer is the answer, and its input is held against this one's.
    const twin = replayed ? await findReplay(parts, command) : undefined;
    if (twin) return twin;
    return {
      ...accepted,
      version: toVersion,
      position: lastPosition,
      events: events.map(({ id, type, schemaVersion, data }, index) => ({
        id,
        type,
        schemaVersion,
        version: fromVersion + index,
        data: JSON.parse(data),
      })),
    };
  }

  return {
    forgetStates: () => cache.clear(),
    async handle(request, append = store.append) {
      const receivedAt = request.receivedAt ?? new Date().toISOString();
      const command = prepared(catalog, request, record);
      const about = {
        [attributes.command]: request.command,
        [attributes.stream]: command.stream,
        [attributes.correlationId]: command.correlationId,
      };
      return withSpan("command", { attributes: about, parent: request.traceparent ?? null }, async (span) => {
        const measure = measured(command);
        let written: readonly WriteResult[] = [];
        const keeping = async (what: Append) => {
          written = await append(what);
          return written;
        };
        for (let attempts = 1; ; attempts++) {
          try {
            const outcome = await attempt(command, receivedAt, attempts, keeping);
            span.setAttributes({ [attributes.outcome]: outcome.outcome, [attributes.attempts]: attempts });
            const ms = measure(outcome.outcome, attempts);
            if (!("replayed" in outcome && outcome.replayed)) record(accountOf(command, outcome, written, ms));
            return outcome;
          } catch (error) {
            const replay = error instanceof IdempotencyKeyReused ? await findReplay(parts, command) : undefined;
            if (replay) return replay;
            if (!(error instanceof VersionConflict) || attempts > retriesOnConflict)
              record(accountOfError(command, error, attempts, measure(errorType(error), attempts)));
            if (!(error instanceof VersionConflict)) throw error;
            // After a restore from a backup the remembered state may even be ahead of the stream: start from its first event.
            cache.delete(command.stream);
            if (command.otherStream !== undefined) cache.delete(command.otherStream);
            if (attempts > retriesOnConflict) throw error;
          }
        }
      });
    },
  };
}

/** Checks a request, and records one whose form is wrong when it is known which command on which stream it was. */
function prepared(
  catalog: Catalog,
  request: CommandRequest,
  record: (handled: HandledCommand) => void,
): PreparedCommand {
  const began = performance.now();
  const identified = identifyCommand(catalog, request);
  try {
    return prepareCommand(identified);
  } catch (error) {
    record(accountOfError(identified, error, 0, performance.now() - began));
    throw error;
  }
}

/**
 * Starts the clock of a command; what is returned counts it under its outcome, the decision's or the kind of an error, and
 * says how many milliseconds it took.
 */
function measured({ request: { command }, decider: { category } }: PreparedCommand) {
  const began = performance.now();
  const about = { [attributes.category]: category, [attributes.command]: command };
  return (outcome: string, attempts: number): number => {
    const ms = performance.now() - began;
    const { commandSeconds, commandRetries } = instruments();
    commandSeconds.record(ms / 1_000, { ...about, [attributes.outcome]: outcome });
    if (attempts > 1) commandRetries.add(attempts - 1, about);
    return ms;
  };
}

type IdentifiedEvent = NewEvent & { readonly id: string };

/** The ids that the store would give to the events after the first `before`; drawn here so that the caller learns them without another read. */
function withIds(
  { request, stream, idempotency }: PreparedCommand,
  events: readonly NewEvent[],
  before: number,
): readonly IdentifiedEvent[] {
  return events.map((event, ordinal) => ({
    ...event,
    occurredAt: request.occurredAt ?? null,
    id: idempotency ? derivedId(stream, idempotency.key, String(before + ordinal)) : newId(),
  }));
}

function writeOf(stream: string, version: number, events: readonly NewEvent[]): StreamWrite {
  return { stream, expectedVersion: version === 0 ? "none" : version, events };
}

function toAppend(command: PreparedCommand, note: CommandNote, writes: readonly StreamWrite[]): Append {
  const { request, idempotency, correlationId } = command;
  return {
    writes,
    idempotencyKey: idempotency?.key ?? null,
    correlationId,
    causationId: request.causationId ?? note.id,
    actor: request.actor ?? null,
    tenant: request.tenant ?? null,
    traceparent: currentTraceparent() ?? request.traceparent ?? null,
    command: note,
  };
}

function isRejection(decision: Decision): decision is Rejection {
  return "rejected" in decision;
}

/** What a decision records in the command's own stream, and in the other. */
function sidesOf(decision: DomainEvent | readonly DomainEvent[] | Joint): Joint {
  if ("here" in decision) return decision;
  return { here: "type" in decision ? [decision] : decision, there: [] };
}

/** Runs one step in its span; the milliseconds are rounded to microseconds, which is what the log shows. */
async function timed<Result>(name: string, work: () => Promise<Result>): Promise<[result: Result, ms: number]> {
  const start = performance.now();
  const result = await withSpan(name, {}, work);
  return [result, Math.round((performance.now() - start) * 1000) / 1000];
}

import { z } from "zod";
import { json } from "@/app/_lib/answer";
import { operationContext } from "@/app/_lib/operation-context";
import { endpoint } from "@/app/_lib/route";
import { minPosition, waitForWrite } from "@/app/api/_endpoints/consistency";
import { limit, position, time, version } from "@/app/api/_endpoints/parameters";
import type { EventStore } from "@/lib/event-store/store";
import { InvalidRequest, NotFound } from "@/lib/kernel/errors";
import { checkStreamName } from "@/lib/kernel/stream-name";
import { attributionFields, requiredReason } from "@/lib/operations/attribution";
import { revealState } from "@/lib/operations/reveal-state";
import { tryWhatIf } from "@/lib/operations/try-what-if";
import { compareStreams } from "@/lib/queries/compare-streams";
import { bisect } from "@/lib/time-travel/bisect";
import { blame } from "@/lib/time-travel/blame";
import { stateMask } from "@/lib/time-travel/mask-state";
import { type PointInStream, type StateAt, stateAt, toBeMasked } from "@/lib/time-travel/state-at";
import { stateDiff } from "@/lib/time-travel/state-diff";

/** A stream's state, folded by the domain's own decider. */
export const stateEndpoint = endpoint({
  path: "/api/v1/{store}/streams/{stream}/state",
  summary:
    "A stream's state at a version or at a time, by the real fold; now when neither is given; personal data is masked, and told as such though the key store does not answer (`keysAnswered`)",
  role: "viewer",
  query: z.strictObject({ version: version.optional(), at: time.optional(), minPosition }),
  handle: async (call) => {
    await waitForWrite(call);
    const { tidemark, path, query } = call;
    const stream = path.stream ?? "";
    const state = await stateAt(toBeMasked(tidemark), stream, { version: query.version, at: query.at });
    if (state.version === 0) await refuseUnknown(tidemark.store, stream);
    const mask = stateMask(tidemark.catalog, stream, state.keysAnswered);
    return json({ ...state, state: mask.state(state.state), masked: mask.personal });
  },
});

/** The same with the personal data in it. */
export const revealStateEndpoint = endpoint({
  path: "/api/v1/{store}/streams/{stream}/state/reveal",
  summary: "A stream's state at a version or at a time with the personal data in it, with a reason; audited",
  operation: revealState,
  body: z.strictObject({
    ...attributionFields,
    version: z.int().nonnegative().optional(),
    at: time.optional(),
    reason: requiredReason,
  }),
  handle: async (call) =>
    json(await revealState(operationContext(call), { ...call.body, stream: call.path.stream ?? "" })),
});

const point = z.string().min(1).max(40).describe("A version, or an ISO 8601 time with a zone");

/** The difference of two states. */
export const stateDiffEndpoint = endpoint({
  path: "/api/v1/{store}/streams/{stream}/diff",
  summary: "What leads from a stream's state at one point to that at another; a point is a version or a time",
  role: "viewer",
  query: z.strictObject({ from: point, to: point.optional().describe("Now when absent"), minPosition }),
  handle: async (call) => {
    await waitForWrite(call);
    const { tidemark, path, query } = call;
    const stream = path.stream ?? "";
    await refuseUnknown(tidemark.store, stream);
    const [from, to] = [pointOf("from", query.from), pointOf("to", query.to)];
    const found = await stateDiff(toBeMasked(tidemark), stream, from, to);
    const mask = stateMask(tidemark.catalog, stream, found.from.keysAnswered && found.to.keysAnswered);
    const masked = (state: StateAt): StateAt => ({ ...state, state: mask.state(state.state) });
    return json({ from: masked(found.from), to: masked(found.to), changes: mask.changes(found.changes) });
  },
});

/** Who set what. */
export const blameEndpoint = endpoint({
  path: "/api/v1/{store}/streams/{stream}/blame",
  summary: "For every value of a stream's state the event that last set it",
  role: "viewer",
  query: z.strictObject({ version: version.optional(), minPosition }),
  handle: async (call) => {
    await waitForWrite(call);
    const { tidemark, path, query } = call;
    const stream = path.stream ?? "";
    await refuseUnknown(tidemark.store, stream);
    const { values, ...blamed } = await blame(toBeMasked(tidemark), stream, query.version);
    const mask = stateMask(tidemark.catalog, stream, blamed.keysAnswered);
    const shown = values.map(({ path, value, setBy }) => ({ path, value: mask.member(path, value), setBy }));
    return json({ ...blamed, values: shown });
  },
});

/** When a condition first held. */
export const bisectEndpoint = endpoint({
  path: "/api/v1/{store}/streams/{stream}/bisect",
  summary: 'The first version at which a condition holds, such as `status == "paid"` or `changed(totalCents)`',
  role: "viewer",
  query: z.strictObject({
    where: z.string().min(1).max(1_000),
    after: version.optional().describe("Look above this version only"),
    minPosition,
  }),
  handle: async (call) => {
    await waitForWrite(call);
    const { tidemark, path, query } = call;
    const stream = path.stream ?? "";
    await refuseUnknown(tidemark.store, stream);
    const { found, ...looked } = await bisect(tidemark, stream, { where: query.where, after: query.after });
    const mask = stateMask(tidemark.catalog, stream);
    return json({ ...looked, found: found && { ...found, changes: mask.changes(found.changes) } });
  },
});

/** What happened between streams. */
export const compareStreamsEndpoint = endpoint({
  path: "/api/v1/{store}/compare",
  summary: "The events of up to six streams in the order of the log, newest first",
  role: "viewer",
  query: z.strictObject({
    ids: z.string().min(1).max(4_000).describe("Names of streams, with commas between"),
    before: position.optional().describe("The `next` of the page before"),
    limit: limit.optional(),
    minPosition,
  }),
  handle: async (call) => {
    await waitForWrite(call);
    const { ids, before, limit } = call.query;
    return json(await compareStreams(call.context, ids.split(","), { before, limit }));
  },
});

/** A command or events, tried on a state. */
export const whatIfEndpoint = endpoint({
  path: "/api/v1/{store}/streams/{stream}/what-if",
  summary: "Try a command, or events, on a stream's state at a point; nothing is stored",
  body: z.strictObject({
    version: z.int().nonnegative().optional(),
    at: time.optional(),
    occurredAt: time.optional().describe("When it is supposed to happen; absent: when the state's last event did"),
    command: z.string().min(1).max(200).optional(),
    input: z.unknown().optional(),
    events: z
      .array(
        z.strictObject({
          type: z.string().min(1).max(200),
          schemaVersion: z.int().positive().optional(),
          data: z.unknown(),
        }),
      )
      .optional(),
  }),
  operation: tryWhatIf,
  handle: async (call) =>
    json(await tryWhatIf(operationContext(call), { ...call.body, stream: call.path.stream ?? "" })),
});

function pointOf(path: string, text: string | undefined): PointInStream {
  if (text === undefined) return {};
  if (/^\d{1,15}$/.test(text)) return { version: Number(text) };
  if (time.safeParse(text).success) return { at: text };
  const message = "must be a version or an ISO 8601 time with a zone";
  throw new InvalidRequest(`${path} ${message}.`, [{ path, message }]);
}

/** Throws `InvalidRequest` for what is no name, `NotFound` for a stream that does not exist. */
async function refuseUnknown(store: EventStore, stream: string): Promise<void> {
  checkStreamName(stream);
  if ((await store.streamVersion(stream)) === 0) throw new NotFound("stream", stream);
}

import { z } from "zod";
import { InvalidRequest } from "@/lib/kernel/errors";
import { operation } from "@/lib/operations/operation";
import { maskPaths, stateMask } from "@/lib/time-travel/mask-state";
import { type Supposed, type WhatIf, whatIf } from "@/lib/time-travel/what-if";

const input = z.object({
  stream: z.string().min(1).max(512),
  version: z.int().nonnegative().optional(),
  at: z.string().optional(),
  occurredAt: z.string().optional(),
  command: z.string().optional(),
  input: z.unknown().optional(),
  events: z
    .array(z.object({ type: z.string(), schemaVersion: z.int().optional(), data: z.unknown().optional() }))
    .optional(),
});

/**
 * Tries a command or events on a past state; personal data is masked in the answer. It needs no audit: nothing is stored and
 * nothing leaves. Throws `InvalidRequest`.
 */
export const tryWhatIf = operation({
  name: "what-if",
  role: "viewer",
  input,
  audited: false,
  target: ({ stream }) => stream,
  act: async (context, { stream, command, input: given, events, ...rest }) => {
    const point = { version: rest.version, at: rest.at, occurredAt: rest.occurredAt };
    if ((command === undefined) === (events === undefined)) {
      const message = "must be given, or events, and not both";
      throw new InvalidRequest(`command ${message}.`, [{ path: "command", message }]);
    }
    const supposed: Supposed =
      command === undefined ? { ...point, events: events ?? [] } : { ...point, command, input: given };
    return maskedAnswer(context, stream, await whatIf(context, stream, supposed));
  },
  observe: async (_, __, found) => found,
});

function maskedAnswer({ catalog }: Parameters<typeof whatIf>[0], stream: string, found: WhatIf): WhatIf {
  const masked = (events: WhatIf["events"]) =>
    events.map((event) => ({
      ...event,
      data: maskPaths(
        event.data,
        catalog.personalPaths(event.type).map(({ path }) => path),
      ),
    }));
  const mask = stateMask(catalog, stream);
  const elsewhere = found.elsewhere && { ...found.elsewhere, events: masked(found.elsewhere.events) };
  const { state, changes } = found;
  return {
    ...found,
    events: masked(found.events),
    elsewhere,
    state: mask.state(state),
    changes: mask.changes(changes),
  };
}

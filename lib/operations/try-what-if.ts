import { z } from "zod";
import { InvalidRequest } from "@/lib/kernel/errors";
import { operation } from "@/lib/operations/operation";
import { maskPaths, maskState } from "@/lib/time-travel/mask-state";
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
  /** Take personal data out of the answer. */
  masked: z.boolean().optional(),
});

/** Tries a command or events on a past state. It needs no audit: nothing is stored and nothing leaves. Throws `InvalidRequest`. */
export const tryWhatIf = operation({
  name: "what-if",
  role: "viewer",
  input,
  audited: false,
  target: ({ stream }) => stream,
  act: async (context, { stream, command, input: given, events, masked, ...rest }) => {
    const point = { version: rest.version, at: rest.at, occurredAt: rest.occurredAt };
    if ((command === undefined) === (events === undefined)) {
      const message = "must be given, or events, and not both";
      throw new InvalidRequest(`command ${message}.`, [{ path: "command", message }]);
    }
    const supposed: Supposed =
      command === undefined ? { ...point, events: events ?? [] } : { ...point, command, input: given };
    const found = await whatIf(context, stream, supposed);
    return masked ? maskedAnswer(context, stream, found) : found;
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
  const { state, changes } = maskState(catalog, stream, found);
  const elsewhere = found.elsewhere && { ...found.elsewhere, events: masked(found.elsewhere.events) };
  return { ...found, events: masked(found.events), elsewhere, state, changes };
}

import { z } from "zod";
import { newId } from "@/lib/kernel/ids";
import { operation } from "@/lib/operations/operation";
import { readEvent } from "@/lib/queries/event-page";

/** Reads a payload as the code would read a stored event of this type and version. It needs no audit: nothing is stored. */
export const tryUpcast = operation({
  name: "try-upcast",
  role: "viewer",
  input: z.object({
    type: z.string().min(1).max(200),
    schemaVersion: z.int().positive(),
    /** The payload as JSON text. */
    data: z.string(),
  }),
  audited: false,
  target: ({ type }) => type,
  act: async (context, { type, schemaVersion, data }) => {
    const now = new Date().toISOString();
    const nowhere = { stream: "try-1", version: 1, position: 0n, slice: 0, recordedAt: now, occurredAt: now };
    const nobody = { causationId: null, actor: null, tenant: null, traceparent: null, metadata: null, command: null };
    return readEvent(context, { id: newId(), type, schemaVersion, data, correlationId: "try", ...nowhere, ...nobody });
  },
  observe: async (_, __, reading) => reading,
});

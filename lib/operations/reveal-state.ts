import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import { NotFound } from "@/lib/kernel/errors";
import { requiredReason } from "@/lib/operations/attribution";
import { committed, operation } from "@/lib/operations/operation";
import { stateAt } from "@/lib/time-travel/state-at";

/**
 * Shows a stream's state with the personal data in it to a privacy officer who says why; what was forgotten says so. The audit has
 * which state it was, and nothing of it. Throws `not-found` for a stream without events then, and what folding throws.
 */
export const revealState = operation({
  name: "reveal-state",
  role: "privacy-officer",
  input: z.strictObject({
    stream: z.string().min(1).max(512),
    version: z.int().nonnegative().optional(),
    at: z.string().optional(),
    reason: requiredReason,
  }),
  audited: true,
  target: ({ stream }) => stream,
  act: async (context, { stream, version, at }, audit) => {
    const state = await stateAt(context, stream, { version, at });
    if (state.version === 0) throw new NotFound("stream", stream);
    await inTransaction(context.pool, (client) =>
      audit(client, {
        type: "PersonalDataRevealed",
        summary: `Looked at the personal values in the state of ${stream} at version ${state.version}`,
        facts: { stream, version: state.version },
      }),
    );
    return state;
  },
  observe: async (_, __, state) => committed("what was read is the answer", state),
});

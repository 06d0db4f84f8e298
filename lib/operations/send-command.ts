import { z } from "zod";
import type { Accepted, CommandRequest } from "@/lib/commands/handle";
import { TidemarkError } from "@/lib/kernel/errors";
import { operation } from "@/lib/operations/operation";

/** A decision's no, on its way out: `rejection` is the decision's own stable code. */
class CommandRejected extends TidemarkError {
  constructor(rejection: string, message: string, stream: string, version: number) {
    super("rejected", message, { rejection, stream, version });
  }
}

/** Runs a command of the domain. Its events carry who asked; they are their own audit. Throws `CommandRejected`. */
export const sendCommand = operation({
  name: "send-command",
  role: "operator",
  // Command handling parses the input by the command's own schema.
  input: z.custom<Omit<CommandRequest, "actor">>((value) => typeof value === "object" && value !== null),
  audited: false,
  target: ({ category, id }) => `${category}-${id}`,
  act: async ({ commands, principal }, request): Promise<Accepted> => {
    const outcome = await commands.handle({ ...request, actor: principal.id });
    if (outcome.outcome === "accepted") return outcome;
    throw new CommandRejected(outcome.code, outcome.message, outcome.stream, outcome.version);
  },
  observe: async (_, __, accepted) => accepted,
});

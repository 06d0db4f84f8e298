import { z } from "zod";
import { json } from "@/app/_lib/answer";
import { endpoint } from "@/app/_lib/route";
import { limit, name, time } from "@/app/api/_endpoints/parameters";
import { handledOutcomes, listCommands, readCommand } from "@/lib/queries/command-log";

/** What was asked of the domain. */
export const commandLogEndpoint = endpoint({
  path: "/api/v1/{store}/commands/log",
  summary: "Commands that were handled, newest first: who asked for what, and what became of it; never their input",
  role: "viewer",
  query: z.strictObject({
    category: name.optional(),
    command: name.optional().describe("The command's name: PlaceOrder"),
    stream: name.optional(),
    actor: name.optional(),
    correlation: name.optional(),
    code: name.optional().describe("A rejection's or an error's code"),
    outcome: z
      .enum([...handledOutcomes, "refused"])
      .optional()
      .describe("`refused`: every outcome but accepted"),
    from: time.optional(),
    to: time.optional(),
    cursor: z
      .string()
      .regex(/^[1-9]\d{0,17}$/, "must be the `next` of a page")
      .optional(),
    limit: limit.optional(),
  }),
  handle: async ({ context, query }) => json(await listCommands(context, query)),
});

/** One command. */
export const handledCommandEndpoint = endpoint({
  path: "/api/v1/{store}/commands/log/{id}",
  summary: "A command that was handled, by its id, with the events it led to; 404 once it is no longer kept",
  role: "viewer",
  handle: async ({ context, path }) => json(await readCommand(context, path.id ?? "")),
});

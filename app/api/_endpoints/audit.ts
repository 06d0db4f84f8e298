import { z } from "zod";
import { json } from "@/app/_lib/answer";
import { endpoint } from "@/app/_lib/route";
import { limit, name } from "@/app/api/_endpoints/parameters";
import { listAudit } from "@/lib/queries/list-audit";

/** Who did what. */
export const auditEndpoint = endpoint({
  path: "/api/v1/{store}/audit",
  summary: "Acts of operators and refused attempts, newest first, with who, why, ticket and what was approved",
  role: "viewer",
  query: z.strictObject({
    actor: name.optional(),
    target: name.optional().describe("What was acted on: a name or an id"),
    act: name.optional().describe("The operation's name: pause-projection"),
    outcome: z.enum(["done", "refused"]).optional(),
    cursor: z
      .string()
      .regex(/^[1-9]\d{0,15}$/, "must be the `next` of a page")
      .optional(),
    limit: limit.optional(),
  }),
  handle: async ({ context, query }) => json(await listAudit(context, query)),
});

import { z } from "zod";
import { json } from "@/app/_lib/answer";
import { endpoint } from "@/app/_lib/route";
import { name } from "@/app/api/_endpoints/parameters";
import { searchKinds, searchOne } from "@/lib/queries/search";

/** Whatever has a text in its name, or is named by it. */
export const searchEndpoint = endpoint({
  path: "/api/v1/{store}/search",
  summary: "What has the text in its name or is named by it, by kind, exact ones first, with the time each source took",
  role: "viewer",
  query: z.strictObject({
    q: name.describe("An id, a position, a run (`R-12`), or a part of a name"),
    kind: z.enum(searchKinds).optional().describe("Only this kind"),
  }),
  handle: async ({ context, query: { q, kind } }) => {
    const kinds = kind === undefined ? searchKinds : [kind];
    return json({ groups: await Promise.all(kinds.map((each) => searchOne(context, each, q))) });
  },
});

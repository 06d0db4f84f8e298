import { z } from "zod";
import { hasRole, type Principal } from "@/lib/access/principal";
import { inTransaction } from "@/lib/db/in-transaction";
import { parseConsoleAddress } from "@/lib/kernel/console-address";
import { InvalidRequest, TidemarkError } from "@/lib/kernel/errors";
import { committed, operation } from "@/lib/operations/operation";
import { savedView } from "@/lib/queries/saved-views";

/** The name of a view. */
export const viewName = z
  .string()
  .trim()
  .min(1, "must not be empty")
  .max(100)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, "must not contain control characters")
  .describe("Its name: unique among the views that one person has of a page");

/** The fields of a view, beside reason and ticket. */
export const viewFields = {
  name: viewName,
  address: z
    .string()
    .max(6_000)
    .describe("A list page of the console with its filter: `/local/events?q=type:OrderPlaced`"),
  shared: z.boolean().optional().describe("Whether everybody sees it; needs the role operator"),
} as const;

/** Views that one person may have; they stand in menus. */
const VIEWS_MAX = 200;

/** Keeps a list page with its filter under a name. The same name again replaces what it stood for. */
export const saveView = operation({
  name: "save-view",
  role: "viewer",
  input: z.strictObject(viewFields),
  audited: true,
  target: ({ name }) => `view ${name}`,
  act: ({ pool, principal }, { name, address, shared = false }, audit) => {
    const place = parseConsoleAddress(address);
    if (!place) {
      throw new InvalidRequest("address is no list page of this console, such as /local/events?q=type:OrderPlaced.", [
        { path: "address", message: "must be the address of a list page" },
      ]);
    }
    if (shared) checkMayShare(principal);
    return inTransaction(pool, async (client) => {
      await client.query("select pg_advisory_xact_lock(hashtextextended('saved_views:' || $1, 0))", [principal.id]);
      const { rows } = await client.query<{ id: bigint; had: bigint }>(
        `insert into saved_views (owner, page, name, query, shared) values ($1, $2, $3, $4, $5)
         on conflict (owner, page, name) do update set query = excluded.query, shared = excluded.shared, changed_at = clock_timestamp()
         returning id, (select count(*) from saved_views where owner = $1) as had`,
        [principal.id, place.page, name, place.query, shared],
      );
      const [saved] = rows;
      if (!saved) throw new TidemarkError("internal", "A view was not stored.");
      if (saved.had >= VIEWS_MAX) {
        throw new TidemarkError("conflict", `${principal.id} has ${saved.had} views. Delete one that is not used.`);
      }
      const summary = `Saved the view ${name} of ${place.page}${shared ? ", shared" : ""}`;
      await audit(client, { type: "ViewSaved", summary, facts: { view: String(saved.id), ...place, shared } });
      return String(saved.id);
    });
  },
  observe: async (context, _, id) =>
    committed("a view is its row", { view: await savedView(context, context.principal.id, id) }),
});

/** Throws `forbidden` for those who may keep views only for themselves. */
function checkMayShare(principal: Principal): void {
  if (hasRole(principal, "operator")) return;
  const message = `Sharing a view needs the role operator; ${principal.id} does not have it. Keep it private.`;
  throw new TidemarkError("forbidden", message, { needed: "operator" });
}

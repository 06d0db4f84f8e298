import type pg from "pg";
import { z } from "zod";
import { hasRole, type Principal } from "@/lib/access/principal";
import { inTransaction } from "@/lib/db/in-transaction";
import { sqlState } from "@/lib/db/unavailable";
import { NotFound, TidemarkError } from "@/lib/kernel/errors";
import { committed, operation } from "@/lib/operations/operation";
import { viewName } from "@/lib/operations/save-view";
import { savedView } from "@/lib/queries/saved-views";

const input = z.strictObject({ id: z.string() });

/** Gives a view of one's own another name. */
export const renameView = operation({
  name: "rename-view",
  role: "viewer",
  input: input.extend({ name: viewName }),
  audited: true,
  target: ({ id }) => `view ${id}`,
  act: ({ pool, principal }, { id, name }, audit) =>
    inTransaction(pool, async (client) => {
      const view = await ownView(client, principal, id);
      await client
        .query("update saved_views set name = $2, changed_at = clock_timestamp() where id = $1", [view.id, name])
        .catch((error: unknown) => {
          if (sqlState(error) !== "23505") throw error;
          throw new TidemarkError("conflict", `You have a view ${name} of ${view.page} already. Choose another name.`);
        });
      const summary = `Renamed the view ${view.name} of ${view.page} to ${name}`;
      await audit(client, { type: "ViewRenamed", summary, facts: { view: id, from: view.name, to: name } });
    }),
  observe: async (context, { id }) =>
    committed("a view is its row", { view: await savedView(context, context.principal.id, id) }),
});

/** Shows a view of one's own to everybody, or to nobody else any more. */
export const shareView = operation({
  name: "share-view",
  role: "operator",
  input: input.extend({ shared: z.boolean() }),
  audited: true,
  target: ({ id }) => `view ${id}`,
  act: ({ pool, principal }, { id, shared }, audit) =>
    inTransaction(pool, async (client) => {
      const view = await ownView(client, principal, id);
      await client.query("update saved_views set shared = $2, changed_at = clock_timestamp() where id = $1", [
        ...[view.id, shared],
      ]);
      const summary = `${shared ? "Shared" : "Stopped sharing"} the view ${view.name} of ${view.page}`;
      await audit(client, { type: "ViewShared", summary, facts: { view: id, shared } });
    }),
  observe: async (context, { id }) =>
    committed("a view is its row", { view: await savedView(context, context.principal.id, id) }),
});

/** Deletes a view of one's own; an admin deletes the shared ones of others, too. */
export const deleteView = operation({
  name: "delete-view",
  role: "viewer",
  input,
  audited: true,
  target: ({ id }) => `view ${id}`,
  act: ({ pool, principal }, { id }, audit) =>
    inTransaction(pool, async (client) => {
      const view = await ownView(client, principal, id);
      await client.query("delete from saved_views where id = $1", [view.id]);
      const { owner, page, name, query } = view;
      const summary = `Deleted the view ${name} of ${page}`;
      await audit(client, { type: "ViewDeleted", summary, facts: { view: id, owner, page, name, query } });
    }),
  observe: async (_, { id }) => committed("a view is its row, and it is gone", { id, deleted: true }),
});

type Row = { id: bigint; owner: string; page: string; name: string; query: string; shared: boolean };

/** The view, locked. Throws `NotFound` for what one does not see, `forbidden` for what belongs to somebody else. */
async function ownView(client: pg.PoolClient, principal: Principal, id: string): Promise<Row> {
  const known = /^[1-9]\d{0,17}$/.test(id);
  const { rows } = await client.query<Row>(
    "select id, owner, page, name, query, shared from saved_views where id = $1::bigint for update",
    [known ? id : null],
  );
  const [view] = rows;
  if (!view || (view.owner !== principal.id && !view.shared)) throw new NotFound("view", id.slice(0, 100));
  if (view.owner !== principal.id && !hasRole(principal, "admin")) {
    throw new TidemarkError("forbidden", `The view ${view.name} is ${view.owner}'s. Save it as your own.`, {
      owner: view.owner,
    });
  }
  return view;
}

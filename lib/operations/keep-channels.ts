import type pg from "pg";
import { z } from "zod";
import { channelAddress, shownAddress, toldStates } from "@/lib/alerts/channel";
import { severities } from "@/lib/alerts/finding";
import { inTransaction } from "@/lib/db/in-transaction";
import { NotFound, TidemarkError } from "@/lib/kernel/errors";
import { committed, operation } from "@/lib/operations/operation";
import { alertChannels } from "@/lib/queries/alert-channels";

const name = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, "must not contain control characters");
const leastSeverity = z.enum(severities as [string, ...string[]]).describe("The least severity that it is told of");
const states = z.array(z.enum(toldStates)).min(1).max(toldStates.length).describe("The states that it is told of");

/** The fields of a new channel. */
export const newChannelFields = {
  name,
  address: channelAddress.describe("Where it leads, with its secrets; it is never shown again"),
  leastSeverity: leastSeverity.default("warning"),
  states: states.default(["firing", "resolved"]),
};

/** The fields of a change: what is absent stays. */
export const changedChannelFields = {
  name: name.optional(),
  address: channelAddress.optional().describe("A new address, whole; of the old one nothing is kept"),
  leastSeverity: leastSeverity.optional(),
  states: states.optional(),
  enabled: z.boolean().optional().describe("Whether it is told at all; what waits is dropped when it is switched off"),
};

/** The id of a channel. */
export const channelId = z.string().regex(/^[1-9]\d{0,17}$/, "must be the number of a channel");

const target = ({ id }: { readonly id: string }) => `channel ${id}`;

/** Adds a channel for notices. What it is told of is told from now on. */
export const addChannel = operation({
  name: "add-channel",
  role: "admin",
  input: z.strictObject(newChannelFields),
  audited: true,
  target: (given) => `channel ${given.name}`,
  act: ({ pool, principal }, given, audit) =>
    inTransaction(pool, async (client) => {
      const { kind, ...secret } = given.address;
      const shown = shownAddress(given.address);
      const { rows } = await client.query<{ id: bigint }>(
        `insert into alert_channels (name, kind, shown, secret, least_severity, states, changed_by)
           values ($1, $2, $3, $4, $5, $6, $7) on conflict (name) do nothing returning id`,
        [given.name, kind, shown, JSON.stringify(secret), given.leastSeverity, given.states, principal.id],
      );
      const [row] = rows;
      if (!row) throw taken(given.name);
      const facts = { channel: String(row.id), kind, shown, leastSeverity: given.leastSeverity, states: given.states };
      await audit(client, {
        type: "ChannelAdded",
        summary: `Added the ${kind} channel ${given.name}, ${shown}`,
        facts,
      });
      return String(row.id);
    }),
  observe: async (context, _, id) => committed(IN_ITS_ROW, { channel: await channelOf(context, id) }),
});

/** Changes a channel. A new address replaces the old one whole: nobody can look at the old one to edit it. */
export const changeChannel = operation({
  name: "change-channel",
  role: "admin",
  input: z.strictObject({ id: channelId, ...changedChannelFields }),
  audited: true,
  target,
  act: ({ pool, principal }, { id, ...given }, audit) =>
    inTransaction(pool, async (client) => {
      const before = await lockChannel(client, id);
      const { kind = null, ...secret } = given.address ?? {};
      const shown = given.address ? shownAddress(given.address) : null;
      const twin = await client.query("select from alert_channels where name = $1 and id <> $2::bigint", [
        given.name ?? null,
        id,
      ]);
      if (twin.rowCount) throw taken(given.name ?? "");
      await client.query(
        `update alert_channels set name = coalesce($2, name), kind = coalesce($3, kind), shown = coalesce($4, shown),
                secret = coalesce($5::json, secret), least_severity = coalesce($6, least_severity), states = coalesce($7, states),
                enabled = coalesce($8, enabled), changed_by = $9, changed_at = clock_timestamp() where id = $1::bigint`,
        [
          ...[id, given.name ?? null, kind, shown, given.address ? JSON.stringify(secret) : null],
          ...[given.leastSeverity ?? null, given.states ?? null, given.enabled ?? null, principal.id],
        ],
      );
      if (given.enabled === false) {
        await client.query(
          `update alert_deliveries set state = 'failed', error = 'the channel was switched off', ended_at = clock_timestamp()
            where channel = $1::bigint and state = 'waiting'`,
          [id],
        );
      }
      const changed = Object.keys(given).filter((field) => field in changedChannelFields);
      const summary = `Changed the channel ${before.name}: ${changed.join(", ") || "nothing"}`;
      await audit(client, {
        type: "ChannelChanged",
        summary,
        facts: { channel: id, changed, shown: shown ?? before.shown },
      });
    }),
  observe: async (context, { id }) => committed(IN_ITS_ROW, { channel: await channelOf(context, id) }),
});

/** Removes a channel with its address and the record of what was sent to it. */
export const removeChannel = operation({
  name: "remove-channel",
  role: "admin",
  input: z.strictObject({ id: channelId }),
  audited: true,
  target,
  act: ({ pool }, { id }, audit) =>
    inTransaction(pool, async (client) => {
      const { name: gone, shown } = await lockChannel(client, id);
      await client.query("delete from alert_channels where id = $1::bigint", [id]);
      await audit(client, {
        type: "ChannelRemoved",
        summary: `Removed the channel ${gone}, ${shown}`,
        facts: { channel: id, shown },
      });
      return { removed: id, name: gone };
    }),
  observe: async (_, __, removed) => committed("a channel is a row", removed),
});

/** The channel, locked. Throws `NotFound`. */
export async function lockChannel(
  client: pg.PoolClient,
  id: string,
): Promise<{ name: string; shown: string; enabled: boolean }> {
  const { rows } = await client.query<{ name: string; shown: string; enabled: boolean }>(
    "select name, shown, enabled from alert_channels where id = $1::bigint for update",
    [id],
  );
  const [channel] = rows;
  if (!channel) throw new NotFound("channel", id);
  return channel;
}

/** The channel as it is shown. */
async function channelOf(context: Parameters<typeof alertChannels>[0], id: string) {
  const found = (await alertChannels(context)).find((channel) => channel.id === id);
  if (!found) throw new NotFound("channel", id);
  return found;
}

function taken(given: string): TidemarkError {
  return new TidemarkError("conflict", `There is a channel named ${given} already. Choose another name.`, {
    name: given,
  });
}

const IN_ITS_ROW = "a channel is a row that each notice is written by";

import type pg from "pg";
import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import { InvalidRequest, TidemarkError } from "@/lib/kernel/errors";
import { microseconds } from "@/lib/kernel/time";
import { consumerOfGroup } from "@/lib/operations/letter-choice";
import { committed, operation } from "@/lib/operations/operation";
import { deadLetterGroup } from "@/lib/queries/dead-letter-groups";

/** A time, or the next deploy. */
export const snoozeUntil = z
  .union([
    z.literal("next-deploy"),
    z
      .string()
      .max(40)
      .refine((text) => microseconds(text) !== undefined, "must be an ISO 8601 time with a zone"),
  ])
  .describe("An ISO 8601 time within 90 days, or `next-deploy`: until a worker of another build is at work");

const input = z.strictObject({ group: z.string() });

/**
 * Takes a group of dead letters off the list of what needs attention for a while. Nothing else changes: it can be retried
 * and skipped, its streams wait as before, and when the last letter of now is closed, what comes later is told of again.
 */
export const snoozeLetters = operation({
  name: "snooze-dead-letters",
  role: "operator",
  input: input.extend({ until: snoozeUntil }),
  audited: true,
  target: ({ group }) => `dead letters ${group}`,
  act: ({ pool, principal }, { group, until, reason }, audit) =>
    inTransaction(pool, async (client) => {
      const consumer = await consumerOfGroup(client, group);
      const builds = until === "next-deploy" ? await buildsAtWork(client, group) : null;
      if (builds === null) await checkSnoozeTime(client, until);
      await client.query(
        `insert into dead_letter_groups (fingerprint, snoozed_at, snoozed_by, snoozed_until, snoozed_builds)
           values ($1, clock_timestamp(), $2, $3, $4)
         on conflict (fingerprint) do update set snoozed_at = excluded.snoozed_at, snoozed_by = excluded.snoozed_by,
                snoozed_until = excluded.snoozed_until, snoozed_builds = excluded.snoozed_builds, touched_at = clock_timestamp()`,
        [group, principal.id, builds === null ? until : null, builds],
      );
      const words = builds === null ? until : `the next deploy after ${builds.join(", ")}`;
      await audit(client, {
        type: "DeadLettersSnoozed",
        summary: `Snoozed dead letters ${group} of ${consumer} until ${words}${reason ? `: ${reason}` : ""}`,
        facts: { group, consumer, until, builds },
      });
    }),
  observe: async (context, { group }) => committed(SNOOZED, await deadLetterGroup(context, group)),
});

/** Ends a snooze before its time. */
export const wakeLetters = operation({
  name: "wake-dead-letters",
  role: "operator",
  input,
  audited: true,
  target: ({ group }) => `dead letters ${group}`,
  act: ({ pool }, { group }, audit) =>
    inTransaction(pool, async (client) => {
      const consumer = await consumerOfGroup(client, group);
      const { rowCount } = await client.query(
        `update dead_letter_groups set snoozed_at = null, snoozed_by = null, snoozed_until = null, snoozed_builds = null,
                touched_at = clock_timestamp() where fingerprint = $1 and snoozed_at is not null`,
        [group],
      );
      if (rowCount !== 1) {
        throw new TidemarkError("conflict", `Dead letters ${group} are not snoozed. Nothing was changed.`, { group });
      }
      const summary = `Woke dead letters ${group} of ${consumer}`;
      await audit(client, { type: "DeadLettersWoken", summary, facts: { group, consumer } });
    }),
  observe: async (context, { group }) => committed(SNOOZED, await deadLetterGroup(context, group)),
});

const DAYS_MAX = 90;

/**
 * By the database's clock: a snooze that is over already, or as good as for ever, is a slip of the pen. Throws
 * `InvalidRequest`.
 */
export async function checkSnoozeTime(client: pg.PoolClient, until: string): Promise<void> {
  const { rows } = await client.query<{ ahead: boolean; near: boolean }>(
    `select $1::timestamptz > clock_timestamp() as ahead,
            $1::timestamptz < clock_timestamp() + $2 * interval '1 day' as near`,
    [until, DAYS_MAX],
  );
  const { ahead, near } = rows[0] ?? { ahead: false, near: false };
  if (ahead && near) return;
  const message = ahead ? `must be within ${DAYS_MAX} days` : "must be in the future";
  throw new InvalidRequest(`until ${message}.`, [{ path: "until", message }]);
}

/** The builds that must not wake it: those of the workers at work, or, when none is, the one that failed last. */
async function buildsAtWork(client: pg.PoolClient, group: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ build: string }>(
    `select distinct build from workers
      where stopped_at is null and seen_at > clock_timestamp() - interval '10 seconds' and build is not null order by build`,
  );
  if (rows.length > 0) return rows.map(({ build }) => build);
  const last = await client.query<{ build: string }>(
    "select build from dead_letters where fingerprint = $1 and closed_at is null order by id desc limit 1",
    [group],
  );
  return last.rows.map(({ build }) => build);
}

const SNOOZED = "a snooze is a time in the row of its cause, which each page compares with its own";

import type pg from "pg";

/**
 * Ends what was snoozed until the next deploy, now that a worker of this build is at work: with each of its beats, so that
 * whoever snoozes at the very moment of a deploy is told as well.
 */
export async function wakeSnoozed(pool: pg.Pool, build: string): Promise<void> {
  await pool.query({
    name: "wake_snoozed",
    text: `update dead_letter_groups set snoozed_at = null, snoozed_by = null, snoozed_builds = null, touched_at = clock_timestamp()
            where snoozed_builds is not null and not ($1 = any (snoozed_builds))`,
    values: [build],
  });
}

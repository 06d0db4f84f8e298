import { findAppendConflicts } from "@/lib/alerts/find/append-conflicts";
import { findBurningBudgets } from "@/lib/alerts/find/burning-budgets";
import { findChangedHistory } from "@/lib/alerts/find/changed-history";
import { findHeldMark } from "@/lib/alerts/find/held-mark";
import { findMissingWorkers } from "@/lib/alerts/find/missing-workers";
import { findOverdueRequests } from "@/lib/alerts/find/overdue-requests";
import { findParkedLetters } from "@/lib/alerts/find/parked-letters";
import { findFailedRebuilds, findFinishedRebuilds } from "@/lib/alerts/find/rebuilds";
import { findStalledConsumers } from "@/lib/alerts/find/stalled-consumers";
import { findUnsignedHistory } from "@/lib/alerts/find/unsigned-history";
import type { Finding } from "@/lib/alerts/finding";
import { readSettings } from "@/lib/alerts/read-settings";
import { type Rule, type RuleName, rules, type Settings, settingOf } from "@/lib/alerts/rules";
import type { ReadDatabase } from "@/lib/db/read-database";
import { sqlState } from "@/lib/db/unavailable";

/** How each rule looks. */
const look: Readonly<Record<RuleName, (reads: ReadDatabase, settings: Settings) => Promise<Finding[]>>> = {
  "history-changed": findChangedHistory,
  "history-unsigned": findUnsignedHistory,
  "high-water-held": findHeldMark,
  "worker-missing": findMissingWorkers,
  "consumer-stalled": findStalledConsumers,
  "dead-letters-parked": findParkedLetters,
  "lag-over-objective": findBurningBudgets,
  "append-conflicts": findAppendConflicts,
  "requests-overdue": findOverdueRequests,
  "rebuild-failed": findFailedRebuilds,
  "rebuild-finished": findFinishedRebuilds,
};

/**
 * What one rule says now, with the settings by which it said so. A rule that is switched off finds nothing; `null` when it could
 * not look in time, so that nothing is known of what it watches.
 */
export type Found = {
  readonly rule: Rule;
  readonly settings: Settings;
  readonly findings: readonly Finding[] | null;
};

/** What the server says of a statement that took longer than it may. */
const TIMED_OUT = "57014";

/**
 * Lets every rule look, and calls `before` each look. Each reads a bounded part of the store, in bounded time: one that takes
 * longer is blind this time, and the others are not. Throws when the store cannot be read: then nothing is known.
 */
export async function findAll(reads: ReadDatabase, before = () => Promise.resolve()): Promise<readonly Found[]> {
  const settings = await readSettings(reads);
  const found: Found[] = [];
  // One after the other: a worker has few connections to read with, and nobody waits for this.
  for (const rule of rules) {
    await before();
    const own = settings.get(rule.name) ?? {};
    const enabled = settingOf(own, "enabled") !== 0;
    found.push({ rule, settings: own, findings: enabled ? await lookOnce(reads, rule.name, own) : [] });
  }
  return found;
}

async function lookOnce(reads: ReadDatabase, rule: RuleName, settings: Settings): Promise<readonly Finding[] | null> {
  try {
    return await look[rule](reads, settings);
  } catch (error) {
    if (sqlState(error) === TIMED_OUT) return null;
    throw error;
  }
}

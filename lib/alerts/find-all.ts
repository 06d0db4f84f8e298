import { findAppendConflicts } from "@/lib/alerts/find/append-conflicts";
import { findBurningBudgets } from "@/lib/alerts/find/burning-budgets";
import { findHeldMark } from "@/lib/alerts/find/held-mark";
import { findMissingWorkers } from "@/lib/alerts/find/missing-workers";
import { findParkedLetters } from "@/lib/alerts/find/parked-letters";
import { findFailedRebuilds, findFinishedRebuilds } from "@/lib/alerts/find/rebuilds";
import { findStalledConsumers } from "@/lib/alerts/find/stalled-consumers";
import type { Finding } from "@/lib/alerts/finding";
import { readSettings } from "@/lib/alerts/read-settings";
import { type Rule, type RuleName, rules, type Settings, settingOf } from "@/lib/alerts/rules";
import type { ReadDatabase } from "@/lib/db/read-database";

/** How each rule looks. */
const look: Readonly<Record<RuleName, (reads: ReadDatabase, settings: Settings) => Promise<Finding[]>>> = {
  "high-water-held": findHeldMark,
  "worker-missing": findMissingWorkers,
  "consumer-stalled": findStalledConsumers,
  "dead-letters-parked": findParkedLetters,
  "lag-over-objective": findBurningBudgets,
  "append-conflicts": findAppendConflicts,
  "rebuild-failed": findFailedRebuilds,
  "rebuild-finished": findFinishedRebuilds,
};

/** What one rule says now, with the settings by which it said so. A rule that is switched off finds nothing. */
export type Found = { readonly rule: Rule; readonly settings: Settings; readonly findings: readonly Finding[] };

/** Lets every rule look. Each reads a bounded part of the store. Throws when one cannot: then nothing is known. */
export async function findAll(reads: ReadDatabase): Promise<readonly Found[]> {
  const settings = await readSettings(reads);
  const found: Found[] = [];
  // One after the other: a worker has few connections to read with, and nobody waits for this.
  for (const rule of rules) {
    const own = settings.get(rule.name) ?? {};
    const findings = settingOf(own, "enabled") === 0 ? [] : await look[rule.name](reads, own);
    found.push({ rule, settings: own, findings });
  }
  return found;
}

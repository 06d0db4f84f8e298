import { waitingEvents } from "@/lib/alerts/find/waiting-event";
import type { Finding } from "@/lib/alerts/finding";
import { type Settings, settingOf } from "@/lib/alerts/rules";
import { sloStatus } from "@/lib/alerts/slo-status";
import type { ReadDatabase } from "@/lib/db/read-database";

/**
 * Consumers whose error budget burns, each with the event at which it stands: its first one that it has not applied. A short window beside each long one: the alert begins when it is serious and ends soon
 * after it is over. Where too little is known to judge, what was said before holds.
 */
export async function findBurningBudgets(reads: ReadDatabase, settings: Settings): Promise<Finding[]> {
  const [fast, slow] = [settingOf(settings, "fast"), settingOf(settings, "slow")];
  const found: Finding[] = [];
  for (const { consumer, kind, objectiveMs, burn } of await sloStatus(reads)) {
    const fastBurn = lesser(burn["1h"], burn["5m"]);
    const slowBurn = lesser(burn["6h"], burn["30m"]);
    const critical = fastBurn !== null && fastBurn > fast;
    const warning = slowBurn !== null && slowBurn > slow;
    const unknown = fastBurn === null || slowBurn === null;
    if (!critical && !warning && !unknown) continue;
    const value = critical ? fastBurn : (slowBurn ?? fastBurn ?? 0);
    found.push({
      subject: consumer,
      verdict: critical || warning ? "breached" : "held",
      severity: critical ? "critical" : "warning",
      value: Math.round(value * 10) / 10,
      title: `${consumer} burns its error budget ${Math.round(value)} times too fast`,
      cause: {
        ...{ kind: "consumer", consumer, consumerKind: kind, event: null, partition: null, error: null, objectiveMs },
        burn: { fast: fastBurn, slow: slowBurn },
      },
    });
  }
  const waiting = await waitingEvents(
    reads,
    found.filter(({ verdict }) => verdict === "breached").map(({ subject }) => subject),
  );
  return found.map((one) => {
    const stands = waiting.get(one.subject);
    return stands && one.cause.kind === "consumer" ? { ...one, cause: { ...one.cause, ...stands } } : one;
  });
}

function lesser(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.min(a, b);
}

import type { AttentionItem } from "@/lib/queries/attention";
import type { AlertThen } from "@/lib/queries/moment/alerts-then";
import type { ConsumerThen } from "@/lib/queries/moment/lag-then";
import type { OverviewThen } from "@/lib/queries/moment/overview-then";
import type { LettersThen } from "@/lib/queries/moment/work-then";

/**
 * What hurt at a past moment, worst first: what fired, then what was set aside or late without an alert. A figure is that of the
 * moment or says of when it is. Pure.
 */
export function attentionThen({
  alerts,
  letters,
  consumers,
}: Pick<OverviewThen, "alerts" | "letters" | "consumers">): AttentionItem[] {
  const fired = alerts.filter(({ state, severity }) => state !== "pending" && severity !== "notice");
  const told = new Set(fired.flatMap(({ cause }) => ("consumer" in cause ? [cause.consumer] : [])));
  const items = [
    ...fired.map(alertItem),
    ...letters.filter(({ consumer }) => !told.has(consumer)).map(lettersItem),
    ...consumers.filter(({ name }) => !told.has(name)).flatMap(consumerItem),
  ];
  return items.sort((a, b) => RANK[a.severity] - RANK[b.severity]);
}

const RANK = { critical: 0, warning: 1, notice: 2 } as const;

function alertItem({ id, state, severity, title, ruleTitle, subject, stepAt, resolvedAt }: AlertThen): AttentionItem {
  const detail = [
    title === null ? null : ruleTitle,
    `${state} since ${clock(stepAt)}`,
    resolvedAt === null ? "not over yet" : `over at ${clock(resolvedAt)}`,
  ];
  return {
    severity: state === "silenced" ? "notice" : severity,
    title: title ?? `${ruleTitle}: ${subject}`,
    detail: detail.filter((part) => part !== null).join(" · "),
    about: { kind: "alert", id },
    alert: id,
  };
}

function lettersItem({ consumer, count, more, streams, since }: LettersThen): AttentionItem {
  const events = `${count}${more ? " or more" : ""} set aside in ${consumer}`;
  const detail = `in ${streams} ${streams === 1 ? "stream" : "streams"}, the oldest since ${clock(since)}`;
  return { severity: "critical", title: events, detail, about: { kind: "dead-letters", consumer }, alert: null };
}

function consumerItem({ name, kind, lag, over, pausedBy }: ConsumerThen): AttentionItem[] {
  const about =
    kind === "process"
      ? ({ kind: "process", name, filter: "running" } as const)
      : ({ kind: "projection", name } as const);
  if (pausedBy !== null) {
    return [{ severity: "notice", title: `${name} was paused`, detail: `by ${pausedBy}`, about, alert: null }];
  }
  if (!lag.known && lag.why === "unknown") {
    const title = `How far ${name} was behind was unknown`;
    return [
      { severity: "warning", title, detail: "no worker held it, or no high-water agent looked", about, alert: null },
    ];
  }
  if (over === null || over.ms === 0) return [];
  const share = `${Math.ceil(over.ms / 1_000)} s of that ${over.of}`;
  return [{ severity: "warning", title: `${name} was over its objective`, detail: `for ${share}`, about, alert: null }];
}

/** The time of day, with its date, in UTC. */
function clock(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}`;
}

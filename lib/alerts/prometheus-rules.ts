import { type Rule, type RuleName, rules, type Settings, settingOf } from "@/lib/alerts/rules";

/** A rule of a Prometheus rules file: one that fires, or one that records a figure under a name. */
export type PrometheusRule = {
  readonly head: { readonly alert: string } | { readonly record: string };
  readonly expr: string;
  /** How long it must hold to fire, in Prometheus' words. */
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
};

/** What the file is made of: the settings in force, and what was promised of each consumer. */
export type PrometheusRulesFrom = {
  readonly settings: ReadonlyMap<RuleName, Settings>;
  readonly slos: readonly { readonly consumer: string; readonly objectiveMs: number; readonly target: number }[];
};

type Expression = {
  readonly expr: (setting: (name: string) => number) => string;
  readonly summary: string;
  /** How long it must hold when that is not the rule's own `for`: Prometheus looks less often. */
  readonly holds?: (setting: (name: string) => number) => number;
};

const OBJECTIVE = "tidemark:consumer_objective_seconds";
const BUDGET = "tidemark:consumer_error_budget";
// Several processes may tell of the same consumer; a lag that is unknown has no sample, and so is in neither part.
const AGE = "max by (consumer) (tidemark_consumer_lag_age_seconds)";

const badShare = (window: string) => `avg_over_time((${AGE} > bool on (consumer) ${OBJECTIVE})[${window}:15s])`;
const burning = (times: number, long: string, short: string) =>
  `(${badShare(long)} > on (consumer) ${times} * ${BUDGET} and on (consumer) ${badShare(short)} > on (consumer) ${times} * ${BUDGET})`;

// Rebuilds and requests are left to Tidemark's own evaluation: whether one is news is not to be read off a figure.
const EXPRESSIONS: Readonly<Partial<Record<RuleName, Expression>>> = {
  "history-changed": {
    expr: () => "max(tidemark_history_alarms) > 0",
    summary: "History is not what was recorded or signed.",
  },
  "history-unsigned": {
    expr: (setting) => `max(tidemark_history_unsigned_seconds) > ${setting("seconds")}`,
    summary: "No checkpoint speaks of the newest events.",
  },
  "high-water-held": {
    expr: (setting) => `max(tidemark_high_water_age_seconds) > ${setting("seconds")}`,
    summary: "The high-water mark is held; no consumer sees newer events.",
  },
  "worker-missing": {
    expr: (setting) => `(max(tidemark_workers) or vector(0)) < ${setting("workers")}`,
    summary: "Fewer Tidemark workers are at work than expected; read models stand still and nobody evaluates alerts.",
    holds: (setting) => Math.max(30, setting("seconds")),
  },
  "consumer-stalled": {
    // The oldest event grows older by as much as time passes: none was applied.
    expr: (setting) =>
      `${AGE} > ${setting("seconds")} and on (consumer) delta((${AGE})[${setting("seconds")}s:15s]) >= ${Math.floor(setting("seconds") * 0.8)}`,
    summary: "{{ $labels.consumer }} has events to apply and does not.",
  },
  "dead-letters-parked": {
    expr: (setting) => `max by (consumer) (tidemark_dead_letters_open) >= ${setting("events")}`,
    summary: "{{ $value }} dead letters are open in {{ $labels.consumer }}.",
    // What is tried again by itself is open, too: parked is what stays.
    holds: () => 120,
  },
  "lag-over-objective": {
    expr: (setting) =>
      `${burning(setting("fast"), "1h", "5m")} or on (consumer) ${burning(setting("slow"), "6h", "30m")}`,
    summary: "{{ $labels.consumer }} burns its error budget.",
  },
  "append-conflicts": {
    expr: (setting) => {
      const tried = "sum(increase(tidemark_appends_total[2m]))";
      const share = Number((setting("share") / 100).toPrecision(6));
      return `sum(increase(tidemark_appends_total{outcome="conflict"}[2m])) / ${tried} > ${share} and ${tried} >= ${setting("appends")}`;
    },
    summary: "{{ $value | humanizePercentage }} of appends conflict.",
  },
};

/** The rules that Prometheus can evaluate. Those that are switched off are left out. */
export function prometheusRules({ settings, slos }: PrometheusRulesFrom): readonly PrometheusRule[] {
  const promises = slos.flatMap(({ consumer, objectiveMs, target }): PrometheusRule[] => [
    { head: { record: OBJECTIVE }, expr: `vector(${objectiveMs / 1_000})`, labels: { consumer } },
    { head: { record: BUDGET }, expr: `vector(${Number((1 - target).toPrecision(6))})`, labels: { consumer } },
  ]);
  const alerting = rules.flatMap((rule): PrometheusRule[] => {
    const expression = EXPRESSIONS[rule.name];
    const own = settings.get(rule.name);
    if (!expression || !own || settingOf(own, "enabled") === 0) return [];
    const setting = (name: string) => settingOf(own, name);
    return [
      {
        head: { alert: alertName(rule) },
        expr: expression.expr(setting),
        for: `${Math.round(expression.holds?.(setting) ?? setting("for"))}s`,
        labels: { severity: rule.severity, rule: rule.name },
        annotations: { summary: expression.summary, runbook: `docs/runbooks/${rule.name}.md` },
      },
    ];
  });
  return [...promises, ...alerting];
}

function alertName({ name }: Rule): string {
  const words = name.split("-").map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
  return `Tidemark${words.join("")}`;
}

/** A rules file as Prometheus reads it. JSON strings are YAML strings, so that nothing in them needs another quoting. */
export function prometheusRulesFile(from: PrometheusRulesFrom): string {
  const mapping = (name: string, entries: Readonly<Record<string, string>>) => [
    `        ${name}:`,
    ...Object.entries(entries).map(([key, value]) => `          ${key}: ${JSON.stringify(value)}`),
  ];
  const lines = prometheusRules(from).flatMap(({ head, expr, for: holds, labels, annotations }) => [
    "alert" in head ? `      - alert: ${head.alert}` : `      - record: ${head.record}`,
    `        expr: ${JSON.stringify(expr)}`,
    ...(holds === undefined ? [] : [`        for: ${holds}`]),
    ...mapping("labels", labels),
    ...(annotations === undefined ? [] : mapping("annotations", annotations)),
  ]);
  return ["groups:", "  - name: tidemark", "    interval: 15s", "    rules:", ...lines, ""].join("\n");
}

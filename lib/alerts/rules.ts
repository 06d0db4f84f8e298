import type { Severity } from "@/lib/alerts/finding";

/** One number of a rule that an operator may change. */
export type Setting = {
  readonly name: string;
  /** What it means, for the page and the CLI. */
  readonly words: string;
  readonly unit: "s" | "x" | "%" | "on/off" | "";
  readonly default: number;
  readonly min: number;
  readonly max: number;
};

/** A rule as the code declares it. Its page in docs/runbooks has its name. */
export type Rule = {
  readonly name: RuleName;
  readonly title: string;
  /** The worst it can be. */
  readonly severity: Severity;
  /** The unit of an alert's value. */
  readonly unit: string;
  /** Whether its end is told, too: news of something that happened has no end. */
  readonly tellsEnd: boolean;
  /** Rules that, while they fire for the same subject or for the whole store, say it better: no second alert for one cause. */
  readonly saidBetterBy: readonly RuleName[];
  readonly settings: readonly Setting[];
};

/** The names of the rules. */
export const ruleNames = [
  "history-changed",
  "history-unsigned",
  "lag-over-objective",
  "consumer-stalled",
  "dead-letters-parked",
  "append-conflicts",
  "high-water-held",
  "worker-missing",
  "requests-overdue",
  "rebuild-failed",
  "rebuild-finished",
] as const;

/** The name of a rule. */
export type RuleName = (typeof ruleNames)[number];

/** Settings that every rule has, with its own defaults: how long it must hold to fire, and be gone to be over. */
function timing(forSeconds: number, keepSeconds: number): readonly Setting[] {
  return [
    { name: "enabled", words: "whether it is evaluated", unit: "on/off", default: 1, min: 0, max: 1 },
    { name: "for", words: "fires after", unit: "s", default: forSeconds, min: 0, max: 86_400 },
    { name: "keep", words: "is over after", unit: "s", default: keepSeconds, min: 0, max: 86_400 },
  ];
}

const seconds = (name: string, words: string, value: number): Setting => {
  return { name, words, unit: "s", default: value, min: 1, max: 86_400 };
};
const times = (name: string, words: string, value: number): Setting => {
  return { name, words, unit: "x", default: value, min: 0.1, max: 1_000 };
};

/** Every rule, the worst first. */
export const rules: readonly Rule[] = [
  {
    ...{ name: "history-changed", title: "History was changed", severity: "critical", unit: "faults" },
    ...{ tellsEnd: true, saidBetterBy: [] },
    settings: timing(0, 0),
  },
  {
    ...{ name: "high-water-held", title: "The high-water mark is held", severity: "critical", unit: "s" },
    ...{ tellsEnd: true, saidBetterBy: [] },
    settings: [seconds("seconds", "held for", 10), ...timing(0, 5)],
  },
  {
    ...{ name: "worker-missing", title: "Work has no worker", severity: "critical", unit: "partitions" },
    ...{ tellsEnd: true, saidBetterBy: [] },
    settings: [
      seconds("seconds", "partitions without a worker for", 15),
      { name: "workers", words: "workers expected", unit: "", default: 1, min: 1, max: 1_000 },
      ...timing(0, 10),
    ],
  },
  {
    ...{ name: "consumer-stalled", title: "A consumer stands still", severity: "critical", unit: "s" },
    ...{ tellsEnd: true, saidBetterBy: ["worker-missing", "high-water-held"] },
    settings: [seconds("seconds", "no checkpoint has moved for", 60), ...timing(0, 10)],
  },
  {
    ...{ name: "dead-letters-parked", title: "Events are parked", severity: "critical", unit: "events" },
    ...{ tellsEnd: true, saidBetterBy: [] },
    settings: [
      { name: "events", words: "parked events of one cause", unit: "", default: 1, min: 1, max: 10_000 },
      ...timing(0, 30),
    ],
  },
  {
    ...{ name: "lag-over-objective", title: "An error budget burns", severity: "critical", unit: "x" },
    ...{ tellsEnd: true, saidBetterBy: ["consumer-stalled", "worker-missing", "high-water-held"] },
    settings: [
      times("fast", "critical above a burn over 1 h and 5 min of", 14.4),
      times("slow", "a warning above a burn over 6 h and 30 min of", 6),
      ...timing(30, 60),
    ],
  },
  {
    ...{ name: "append-conflicts", title: "Appends conflict", severity: "warning", unit: "%" },
    ...{ tellsEnd: true, saidBetterBy: [] },
    settings: [
      { name: "share", words: "share of appends", unit: "%", default: 20, min: 0.1, max: 100 },
      { name: "appends", words: "of at least so many in two minutes", unit: "", default: 50, min: 1, max: 1_000_000 },
      ...timing(60, 120),
    ],
  },
  {
    ...{ name: "history-unsigned", title: "History is not signed", severity: "warning", unit: "s" },
    ...{ tellsEnd: true, saidBetterBy: ["history-changed", "worker-missing", "high-water-held"] },
    settings: [seconds("seconds", "events that no checkpoint speaks of for", 60), ...timing(0, 10)],
  },
  {
    ...{
      name: "requests-overdue",
      title: "A request to be forgotten is overdue",
      severity: "warning",
      unit: "requests",
    },
    ...{ tellsEnd: true, saidBetterBy: [] },
    settings: [
      { name: "days", words: "told so many days before it is due", unit: "", default: 0, min: 0, max: 30 },
      ...timing(0, 0),
    ],
  },
  {
    ...{ name: "rebuild-failed", title: "A rebuild failed", severity: "warning", unit: "" },
    ...{ tellsEnd: false, saidBetterBy: [] },
    settings: [seconds("seconds", "is news for", 86_400), ...timing(0, 0)],
  },
  {
    ...{ name: "rebuild-finished", title: "A rebuild is finished", severity: "notice", unit: "" },
    ...{ tellsEnd: false, saidBetterBy: [] },
    settings: [seconds("seconds", "is news for", 600), ...timing(0, 0)],
  },
];

/** A rule by its name; undefined for a name that no rule has (any more). */
export function ruleOf(name: string): Rule | undefined {
  return rules.find((rule) => rule.name === name);
}

/** The settings of a rule in force, by name. */
export type Settings = Readonly<Record<string, number>>;

/** The declared settings of a rule with those that were changed. */
export function settingsOf(rule: Rule, changed: ReadonlyMap<string, number> = new Map()): Settings {
  return Object.fromEntries(rule.settings.map(({ name, default: value }) => [name, changed.get(name) ?? value]));
}

/** One setting by name. Throws when the rule does not declare it, which is a fault of this code. */
export function settingOf(settings: Settings, name: string): number {
  const value = settings[name];
  if (value === undefined) throw new Error(`The rule has no setting ${name}.`);
  return value;
}

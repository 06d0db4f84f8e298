import { expect, test } from "vitest";
import { prometheusRules, prometheusRulesFile } from "./prometheus-rules";
import { rules, type Settings, settingsOf } from "./rules";

const settings = new Map(rules.map((rule) => [rule.name, settingsOf(rule)]));
const slos = [
  { consumer: "order-summary", objectiveMs: 5_000, target: 0.999 },
  { consumer: 'odd "name"', objectiveMs: 250, target: 0.95 },
];
const declared = { settings, slos };

/** The metrics that Tidemark exposes at /api/metrics, and the figures that the file itself records. */
const METRICS = [
  ...["tidemark_consumer_lag_age_seconds", "tidemark_dead_letters_open", "tidemark_high_water_age_seconds"],
  ...[
    "tidemark_history_alarms",
    "tidemark_history_unsigned_seconds",
    "tidemark_workers",
    "tidemark_appends_total",
    "tidemark:consumer_objective_seconds",
    "tidemark:consumer_error_budget",
  ],
];

// What promtool refuses: a name twice, a duration that is none, a label that is none, an expression that does not close.
test("every rule of the file is well formed, rests on metrics that exist, and has a runbook", () => {
  const found = prometheusRules(declared);
  const names = found.flatMap(({ head }) => ("alert" in head ? [head.alert] : []));
  expect(new Set(names).size).toBe(names.length);
  for (const { head, expr, for: holds, labels, annotations } of found) {
    for (const name of [...Object.keys(labels), ...Object.keys(annotations ?? {})]) expect(name).toMatch(/^[a-z_]+$/);
    for (const [metric] of expr.matchAll(/tidemark[_:]\w+/g)) expect(METRICS).toContain(metric);
    expect(depths(expr).every((depth) => depth >= 0)).toBe(true);
    expect(depths(expr).at(-1)).toBe(0);
    for (const [, range] of expr.matchAll(/\[([^\]]*)\]/g)) expect(range).toMatch(/^\d+[smh](:\d+[smh])?$/);
    if ("record" in head) continue;
    expect(head.alert).toMatch(/^Tidemark[A-Z][A-Za-z]+$/);
    expect(holds).toMatch(/^\d+s$/);
    expect(annotations?.runbook).toBe(`docs/runbooks/${labels.rule}.md`);
  }
});

function depths(expr: string): number[] {
  let depth = 0;
  return [...expr].map((character) => {
    depth += "([{".includes(character) ? 1 : ")]}".includes(character) ? -1 : 0;
    return depth;
  });
}

test("the file is one group of block mappings with quoted texts, whatever a consumer is called", () => {
  const lines = prometheusRulesFile(declared).trimEnd().split("\n");
  expect(lines.slice(0, 4)).toEqual(["groups:", "  - name: tidemark", "    interval: 15s", "    rules:"]);
  for (const line of lines.slice(4)) {
    expect(line).toMatch(
      /^ {6}- (alert|record): [\w:]+$|^ {8}expr: "(?:[^"\\]|\\.)*"$|^ {8}for: \d+s$|^ {8}(labels|annotations):$|^ {10}[a-z_]+: "(?:[^"\\]|\\.)*"$/,
    );
  }
  expect(lines.filter((line) => line.startsWith("      - "))).toHaveLength(prometheusRules(declared).length);
});

test("a rule that is switched off is not in the file; settings and promises are", () => {
  const changed = new Map<(typeof rules)[number]["name"], Settings>(settings);
  changed.set("consumer-stalled", { ...changed.get("consumer-stalled"), enabled: 0 });
  changed.set("high-water-held", { ...changed.get("high-water-held"), seconds: 77, enabled: 1, for: 5 });
  const file = prometheusRulesFile({ settings: changed, slos });
  expect(file).not.toContain("TidemarkConsumerStalled");
  expect(file).toContain("tidemark_high_water_age_seconds) > 77");
  expect(file).toContain("for: 5s");
  expect(file).toContain("vector(0.25)");
  expect(file).toContain("vector(0.05)");
});

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { prometheusRulesFile } from "./prometheus-rules";
import { rules, settingsOf } from "./rules";

const TOOL = "promtool";
const SLOS = [{ consumer: "order-summary", objectiveMs: 5_000, target: 0.999 }];

/** A quarter of an hour: ten minutes in which all is well, five in which nothing is applied, nothing settles, all conflicts. */
const STORY = `
rule_files: [tidemark.rules.yml]
evaluation_interval: 15s
tests:
  - interval: 15s
    input_series:
      - {series: 'tidemark_consumer_lag_age_seconds{consumer="order-summary",kind="projection",instance="a"}', values: '0x40 0+15x40'}
      - {series: 'tidemark_workers{instance="a"}', values: '1x40 0x40'}
      - {series: 'tidemark_high_water_age_seconds{instance="a"}', values: '0x40 30x40'}
      - {series: 'tidemark_history_alarms', values: '0x40 1x40'}
      - {series: 'tidemark_history_unsigned_seconds', values: '1x40 90x40'}
      - {series: 'tidemark_dead_letters_open{consumer="order-summary"}', values: '0x40 3x40'}
      - {series: 'tidemark_appends_total{outcome="stored"}', values: '0+10x80'}
      - {series: 'tidemark_appends_total{outcome="conflict"}', values: '0x40 0+10x40'}
    promql_expr_test:
      - {expr: 'count(ALERTS{alertstate="firing"}) or vector(0)', eval_time: 9m, exp_samples: [{value: 0}]}
      - expr: 'sort(count by (rule) (ALERTS{alertstate="firing"}))'
        eval_time: 15m
        exp_samples:
          - {labels: '{rule="history-changed"}', value: 1}
          - {labels: '{rule="history-unsigned"}', value: 1}
          - {labels: '{rule="high-water-held"}', value: 1}
          - {labels: '{rule="worker-missing"}', value: 1}
          - {labels: '{rule="consumer-stalled"}', value: 1}
          - {labels: '{rule="dead-letters-parked"}', value: 1}
          - {labels: '{rule="lag-over-objective"}', value: 1}
          - {labels: '{rule="append-conflicts"}', value: 1}
`;

test("Prometheus takes the file, is quiet while all is well, and fires each rule when it is not", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "tidemark-promtool-"));
  try {
    const settings = new Map(rules.map((rule) => [rule.name, settingsOf(rule)]));
    writeFileSync(path.join(folder, "tidemark.rules.yml"), prometheusRulesFile({ settings, slos: SLOS }));
    writeFileSync(path.join(folder, "story.yml"), STORY);
    const run = (...args: string[]) => execFileSync(TOOL, args, { cwd: folder, encoding: "utf8", stdio: "pipe" });
    expect(run("check", "rules", "tidemark.rules.yml")).toContain("SUCCESS: 10 rules found");
    expect(run("test", "rules", "story.yml")).toContain("SUCCESS");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

import { expect, test } from "vitest";
import { exposition, prometheusName } from "@/lib/telemetry/exposition";
import type { MetricFamily } from "@/lib/telemetry/metric-family";
import { parseExposition } from "@/lib/testing/parse-exposition";

const commands: MetricFamily = {
  name: "tidemark.command.duration",
  kind: "histogram",
  unit: "s",
  help: 'how long\na "command" took, in \\ seconds',
  points: [
    { labels: { "tidemark.command": 'Pay"\\\n' }, value: { bounds: [0.1, 1], counts: [2, 0, 1], sum: 4.25, count: 3 } },
  ],
};
const appends: MetricFamily = {
  name: "tidemark.appends",
  kind: "counter",
  unit: "{append}",
  help: "appends",
  points: [{ labels: { outcome: "stored", process: "a" }, value: 3 }],
};

test("names follow OpenTelemetry's rules for Prometheus: unit, then _total, once each", () => {
  expect(prometheusName(commands)).toBe("tidemark_command_duration_seconds");
  expect(prometheusName(appends)).toBe("tidemark_appends_total");
  expect(prometheusName({ name: "a.b-c.seconds", unit: "s", kind: "gauge" })).toBe("a_b_c_seconds");
  expect(prometheusName({ name: "db.client.connection.count", unit: "{connection}", kind: "gauge" })).toBe(
    "db_client_connection_current",
  );
});

test("what is written is Prometheus's format, whatever stands in labels and help", () => {
  const other = { ...appends, points: [{ labels: { outcome: "stored", process: "b" }, value: 4 }] };
  const families = parseExposition(exposition([commands, appends, other]));
  expect([...families.keys()]).toEqual(["tidemark_appends_total", "tidemark_command_duration_seconds"]);
  expect(families.get("tidemark_appends_total")?.samples.map(({ value }) => value)).toEqual([3, 4]);
  const histogram = families.get("tidemark_command_duration_seconds")?.samples ?? [];
  expect(histogram.map(({ labels: { le }, value }) => [le, value])).toEqual([
    ["0.1", 2],
    ["1", 2],
    ["+Inf", 3],
    [undefined, 4.25],
    [undefined, 3],
  ]);
  expect(histogram[0]?.labels.tidemark_command).toBe('Pay"\\\n');
});

test("processes of two versions that mean different things by a name do not break the page", () => {
  const gauge: MetricFamily = { ...appends, name: "tidemark.appends.total", kind: "gauge", unit: "" };
  expect(parseExposition(exposition([appends, gauge])).get("tidemark_appends_total")?.kind).toBe("counter");
});

test("the parser that the tests trust refuses what Prometheus refuses", () => {
  const head = "# HELP a_total a\n# TYPE a_total counter\n";
  for (const bad of [
    `${head}a_total 1`,
    `${head}a_total{b="x\ny"} 1\n`,
    `${head}a_total{b="1",b="2"} 1\n`,
    `${head}a_total -1\n`,
    "# HELP a_count a\n# TYPE a_count gauge\na_count 1\n",
    `${head}a_total 1\na_total 1\n`,
    `${head}b_total 1\n`,
    `${head}a_total one\n`,
    `${head}a_total 1\n${head}a_total{b="1"} 1\n`,
    '# HELP a a\n# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n',
    '# HELP a a\n# TYPE a histogram\na_bucket{le="1"} 1\na_sum 1\na_count 1\n',
  ]) {
    expect(() => parseExposition(bad)).toThrow();
  }
});

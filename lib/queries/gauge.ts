import type { MetricFamily, MetricPoint } from "@/lib/telemetry/metric-family";

/** The labels of a series and its number. */
export type Reading = readonly [labels: Readonly<Record<string, string>>, value: number];

/** A family of numbers that go up and down; without readings it has no series. */
export function gauge(name: string, unit: string, help: string, readings: readonly Reading[]): MetricFamily {
  const points = readings.map(([labels, value]): MetricPoint => ({ labels, value }));
  return { name, unit, help, kind: "gauge", points };
}

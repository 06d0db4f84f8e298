import { metrics } from "@opentelemetry/sdk-node";

/** A histogram so far: `counts` has one place more than `bounds`, for what lies above the last. */
export type HistogramValue = {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
  readonly count: number;
};

/** One series of a family. */
export type MetricPoint = {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | HistogramValue;
};

/** Everything of one name, in a form that survives JSON: what processes tell each other. `unit` as OpenTelemetry writes it. */
export type MetricFamily = {
  readonly name: string;
  readonly kind: "counter" | "gauge" | "histogram";
  readonly unit: string;
  readonly help: string;
  readonly points: readonly MetricPoint[];
};

/** Brings what a reader collected into families. Exponential histograms, which nothing here makes, are left out. */
export function familiesOf({ scopeMetrics }: metrics.ResourceMetrics): readonly MetricFamily[] {
  return scopeMetrics.flatMap(({ metrics: collected }) => collected).flatMap((metric) => familyOf(metric) ?? []);
}

function familyOf(metric: metrics.MetricData): MetricFamily | undefined {
  const { name, unit, description: help } = metric.descriptor;
  const { DataPointType } = metrics;
  switch (metric.dataPointType) {
    case DataPointType.SUM:
      return {
        name,
        unit,
        help,
        kind: metric.isMonotonic ? "counter" : "gauge",
        points: metric.dataPoints.map(number),
      };
    case DataPointType.GAUGE:
      return { name, unit, help, kind: "gauge", points: metric.dataPoints.map(number) };
    case DataPointType.HISTOGRAM:
      return { name, unit, help, kind: "histogram", points: metric.dataPoints.map(histogram) };
    default:
      return undefined;
  }
}

function number({ attributes, value }: metrics.DataPoint<number>): MetricPoint {
  return { labels: labelsOf(attributes), value };
}

function histogram({ attributes, value }: metrics.DataPoint<metrics.Histogram>): MetricPoint {
  const { boundaries: bounds, counts } = value.buckets;
  return { labels: labelsOf(attributes), value: { bounds, counts, sum: value.sum ?? 0, count: value.count } };
}

function labelsOf(attributes: metrics.DataPoint<unknown>["attributes"]): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, String(value)]));
}

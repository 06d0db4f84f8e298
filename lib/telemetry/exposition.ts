import type { HistogramValue, MetricFamily, MetricPoint } from "@/lib/telemetry/metric-family";

/** The media type of `exposition`. */
export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/**
 * Families in Prometheus's text format, each name once however many processes told it. Names are made as OpenTelemetry's
 * compatibility rules say: dots become underscores, the unit follows, counters end in `_total`.
 */
export function exposition(families: readonly MetricFamily[]): string {
  const byName = new Map<string, { readonly family: MetricFamily; readonly points: MetricPoint[] }>();
  for (const family of families) {
    const name = prometheusName(family);
    const known = byName.get(name);
    // A process of another version may know a name as something else; two kinds under one name nobody could read.
    if (known && known.family.kind !== family.kind) continue;
    if (known) known.points.push(...family.points);
    else byName.set(name, { family, points: [...family.points] });
  }
  const lines: string[] = [];
  for (const [name, { family, points }] of [...byName].sort(([a], [b]) => (a < b ? -1 : 1))) {
    lines.push(`# HELP ${name} ${escaped(family.help)}`, `# TYPE ${name} ${family.kind}`);
    for (const { labels, value } of points) lines.push(...samples(name, labels, value));
  }
  return `${lines.join("\n")}\n`;
}

/** The name under which Prometheus knows a family. */
export function prometheusName({ name, unit, kind }: Pick<MetricFamily, "name" | "unit" | "kind">): string {
  const base = name.replace(/[^a-zA-Z0-9_:]/g, "_");
  const word = UNITS[unit] ?? (/^\{.*\}$/.test(unit) ? "" : unit.replace(/[^a-zA-Z0-9_]/g, "_"));
  const plain = word === "" || base.endsWith(`_${word}`) ? base : `${base}_${word}`;
  // Prometheus keeps this ending for histograms.
  const withUnit = kind === "gauge" ? plain.replace(/_count$/, "_current") : plain;
  return kind === "counter" && !withUnit.endsWith("_total") ? `${withUnit}_total` : withUnit;
}

const UNITS: Readonly<Record<string, string>> = { s: "seconds", ms: "milliseconds", By: "bytes", "1": "" };

function samples(name: string, labels: MetricPoint["labels"], value: number | HistogramValue): string[] {
  if (typeof value === "number") return [`${name}${braces(labels)} ${numeral(value)}`];
  let below = 0;
  const buckets = value.bounds.map((bound, index) => {
    below += value.counts[index] ?? 0;
    return `${name}_bucket${braces({ ...labels, le: numeral(bound) })} ${below}`;
  });
  return [
    ...buckets,
    `${name}_bucket${braces({ ...labels, le: "+Inf" })} ${value.count}`,
    `${name}_sum${braces(labels)} ${numeral(value.sum)}`,
    `${name}_count${braces(labels)} ${value.count}`,
  ];
}

function braces(labels: MetricPoint["labels"]): string {
  const pairs = Object.entries(labels).map(([name, value]) => {
    return `${name.replace(/[^a-zA-Z0-9_]/g, "_")}="${escaped(value).replaceAll('"', '\\"')}"`;
  });
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function numeral(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  return String(value);
}

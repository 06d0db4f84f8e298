/** One sample of Prometheus's text format. */
type Sample = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

/** A family as it was declared, with its samples. */
export type ParsedFamily = { readonly kind: string; readonly help: string; readonly samples: readonly Sample[] };

/**
 * Parses Prometheus's text format 0.0.4 as strictly as its own parser and linter do, and throws what is wrong with the
 * line: a name or label that is none, a family told twice or torn apart, a series told twice, buckets that do not rise or
 * do not end with the count, a counter that is negative or not named as one, an unescaped character.
 */
export function parseExposition(text: string): ReadonlyMap<string, ParsedFamily> {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const families = new Map<string, { kind: string; help: string; samples: Sample[] }>();
  const series = new Set<string>();
  let current: [name: string, family: { kind: string; help: string; samples: Sample[] }] | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    const help = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) ((?:[^\\]|\\\\|\\n)*)$/.exec(line);
    const kind = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$/.exec(line);
    if (help) {
      const [, name = "", words = ""] = help;
      if (families.has(name)) throw new Error(`${name} is told twice`);
      if (words === "") throw new Error(`${name} has no help`);
      current = [name, { kind: "", help: words, samples: [] }];
      families.set(...current);
    } else if (kind) {
      if (current?.[0] !== kind[1] || current?.[1].samples.length !== 0) throw new Error(`TYPE out of place: ${line}`);
      current[1].kind = kind[2] ?? "";
    } else {
      if (!current?.[1].kind) throw new Error(`a sample without a family: ${line}`);
      const sample = parseSample(line);
      checkName(current[0], current[1].kind, sample);
      const id = `${sample.name}${JSON.stringify(Object.entries(sample.labels).sort())}`;
      if (series.has(id)) throw new Error(`a series is told twice: ${line}`);
      series.add(id);
      current[1].samples.push(sample);
    }
  }
  for (const [name, family] of families) if (family.kind === "histogram") checkHistogram(name, family.samples);
  return families;
}

function parseSample(line: string): Sample {
  const found = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
  if (!found) throw new Error(`no sample: ${line}`);
  const [, name = "", inside = "", number = ""] = found;
  const labels: Record<string, string> = {};
  let rest = inside;
  while (rest !== "") {
    const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/.exec(rest);
    if (!label) throw new Error(`bad labels: ${line}`);
    const [all, key = "", value = ""] = label;
    if (key in labels || key.startsWith("__")) throw new Error(`bad label ${key}: ${line}`);
    labels[key] = value.replace(/\\(.)/g, (_, letter: string) => (letter === "n" ? "\n" : letter));
    rest = rest.slice(all.length);
  }
  const value = number === "+Inf" ? Number.POSITIVE_INFINITY : Number(number);
  if (number !== "NaN" && Number.isNaN(value)) throw new Error(`no number: ${line}`);
  return { name, labels, value };
}

function checkName(family: string, kind: string, { name, labels, value }: Sample): void {
  const allowed = kind === "histogram" ? [`${family}_bucket`, `${family}_sum`, `${family}_count`] : [family];
  if (!allowed.includes(name)) throw new Error(`${name} does not belong to ${family}`);
  if (kind === "counter" && !name.endsWith("_total")) throw new Error(`${name} is a counter without _total`);
  if (kind !== "counter" && family.endsWith("_total")) throw new Error(`${name} is no counter`);
  if (/_(count|sum|bucket)$/.test(family)) throw new Error(`${name} has a histogram's ending`);
  if (kind === "counter" && !(value >= 0)) throw new Error(`${name} is ${value}`);
  if (name.endsWith("_bucket") !== "le" in labels && kind === "histogram")
    throw new Error(`le out of place at ${name}`);
}

function checkHistogram(name: string, samples: readonly Sample[]): void {
  const groups = new Map<string, { buckets: [number, number][]; count: number | undefined; sum: boolean }>();
  for (const sample of samples) {
    const { le, ...labels } = sample.labels;
    const id = JSON.stringify(Object.entries(labels).sort());
    const group = groups.get(id) ?? { buckets: [], count: undefined, sum: false };
    groups.set(id, group);
    if (le !== undefined) group.buckets.push([le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le), sample.value]);
    else if (sample.name === `${name}_count`) group.count = sample.value;
    else group.sum = true;
  }
  for (const [id, { buckets, count, sum }] of groups) {
    const rises = buckets.every(([bound, below], at) => {
      const [before, less] = buckets[at - 1] ?? [Number.NEGATIVE_INFINITY, 0];
      return bound > before && below >= less;
    });
    const [last, all] = buckets.at(-1) ?? [0, 0];
    if (!rises || last !== Number.POSITIVE_INFINITY || all !== count || !sum)
      throw new Error(`${name}${id} is no histogram`);
  }
}

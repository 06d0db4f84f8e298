/** Where the raw text of a value stands: from `start` up to, not including, `end`. */
export type Span = { readonly start: number; readonly end: number };

/** The place of the value at `path` in a text that has passed `checkJson`; `undefined` when there is none. */
export function spanOf(text: string, path: readonly (string | number)[]): Span | undefined {
  let span: Span = { start: skipSpace(text, 0), end: text.trimEnd().length };
  for (const step of path) {
    const inner: Span | undefined = childSpan(text, span.start, step);
    if (!inner) return undefined;
    span = inner;
  }
  return span;
}

/**
 * The places of the values at several paths, in their order, as `spanOf` finds each. The text is walked once, so that many values
 * far into a long one cost little more than one.
 */
export function spansOf(text: string, paths: readonly (readonly (string | number)[])[]): (Span | undefined)[] {
  return spansIn(text, pathTree(paths));
}

/** Several paths, put together by what they begin with: made once where the same ones are looked for in many texts. */
export type PathTree = {
  /** The numbers of the paths that end here. */
  readonly own: readonly number[];
  readonly below: ReadonlyMap<string | number, PathTree>;
};

/** The tree of some paths, which are numbered in their order. */
export function pathTree(paths: readonly (readonly (string | number)[])[]): PathTree {
  return treeOf(
    paths.map((path, number) => ({ path, number })),
    0,
  );
}

function treeOf(
  paths: readonly { readonly path: readonly (string | number)[]; readonly number: number }[],
  depth: number,
) {
  const own: number[] = [];
  const below = new Map<string | number, PathTree>();
  for (const { path, number } of paths) {
    const step = path[depth];
    if (step === undefined) own.push(number);
    else if (!below.has(step)) {
      const same = paths.filter((other) => other.path.length > depth && other.path[depth] === step);
      below.set(step, treeOf(same, depth + 1));
    }
  }
  return { own, below };
}

/** `spansOf` the paths of a tree, by their numbers: a path that leads nowhere has none. */
export function spansIn(text: string, tree: PathTree): (Span | undefined)[] {
  const spans: (Span | undefined)[] = [];
  placeSpans(text, { start: skipSpace(text, 0), end: text.trimEnd().length }, tree, spans);
  return spans;
}

function placeSpans(text: string, span: Span, { own, below }: PathTree, spans: (Span | undefined)[]): void {
  for (const number of own) spans[number] = span;
  if (below.size === 0) return;
  const met: PathTree[] = [];
  eachChild(text, span.start, (key, start, end) => {
    const within = below.get(key);
    // Of a key that stands twice, the first one counts.
    if (!within || met.includes(within)) return false;
    placeSpans(text, { start, end }, within, spans);
    return met.push(within) === below.size;
  });
}

/** The raw text of each member of an object that has passed `checkJson`, by key; `undefined` for any other value. */
export function membersOf(text: string): Map<string, string> | undefined {
  const start = skipSpace(text, 0);
  if (text[start] !== "{") return undefined;
  const members = new Map<string, string>();
  eachChild(text, start, (key, from, end) => {
    members.set(String(key), text.slice(from, end));
    return false;
  });
  return members;
}

/** The raw text of each element of an array that has passed `checkJson`; `undefined` for any other value. */
export function elementsOf(text: string): string[] | undefined {
  const start = skipSpace(text, 0);
  if (text[start] !== "[") return undefined;
  const elements: string[] = [];
  eachChild(text, start, (_, from, end) => {
    elements.push(text.slice(from, end));
    return false;
  });
  return elements;
}

/** An object out of raw JSON texts, each kept byte for byte; `undefined` members are left out. */
export function jsonObject(members: Readonly<Record<string, string | undefined>>): string {
  const parts: string[] = [];
  for (const [key, raw] of Object.entries(members)) if (raw !== undefined) parts.push(`${JSON.stringify(key)}:${raw}`);
  return `{${parts.join(",")}}`;
}

/** An array out of raw JSON texts, each kept byte for byte. */
export function jsonArray(elements: readonly string[]): string {
  return `[${elements.join(",")}]`;
}

/** The index of the first character at or after `from` that is not JSON white space. */
export function skipSpace(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
    at += 1;
  }
}

/** The path (`$.items[2]`) of the value or key at index `at` of a text that is sound up to there. One pass. */
export function pathAt(text: string, at: number): string {
  // One entry a level: the index in an array, the key in an object, undefined while an object waits for its key.
  const steps: (string | number | undefined)[] = [];
  let index = 0;
  while (index < at) {
    const char = text[index];
    const top = steps.length - 1;
    const step = steps[top];
    if (char === '"') {
      const end = skipString(text, index);
      if (end > at) break;
      if (top >= 0 && step === undefined) steps[top] = keyOf(text.slice(index, end));
      index = end;
      continue;
    }
    if (char === "{") steps.push(undefined);
    else if (char === "[") steps.push(0);
    else if (char === "}" || char === "]") steps.pop();
    else if (char === ",") steps[top] = typeof step === "number" ? step + 1 : undefined;
    index += 1;
  }
  const last = steps.length - 1;
  if (last >= 0 && steps[last] === undefined && text[at] === '"')
    steps[last] = keyOf(text.slice(at, skipString(text, at)));
  return `$${steps.map(pathStep).join("")}`;
}

function pathStep(step: string | number | undefined): string {
  if (step === undefined) return "";
  if (typeof step === "number") return `[${step}]`;
  return /^[A-Za-z_]\w*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
}

function childSpan(text: string, start: number, step: string | number): Span | undefined {
  let found: Span | undefined;
  eachChild(text, start, (key, from, end) => {
    if (key === step) found = { start: from, end };
    return found !== undefined;
  });
  return found;
}

/** Calls `visit` for each child of the object or array at `start` until it answers true. Stops quietly at broken text. */
function eachChild(text: string, start: number, visit: (key: string | number, start: number, end: number) => boolean) {
  const isObject = text[start] === "{";
  if (!isObject && text[start] !== "[") return;
  let at = skipSpace(text, start + 1);
  for (let index = 0; at < text.length && text[at] !== "}" && text[at] !== "]"; index++) {
    let key: string | number = index;
    if (isObject) {
      const end = skipString(text, at);
      key = keyOf(text.slice(at, end));
      at = skipSpace(text, skipSpace(text, end) + 1);
    }
    const end = skipValue(text, at);
    if (visit(key, at, end)) return;
    at = skipSpace(text, end);
    if (text[at] === ",") at = skipSpace(text, at + 1);
    else return;
  }
}

function keyOf(literal: string): string {
  if (!literal.includes("\\") && literal.length > 1 && literal.endsWith('"')) return literal.slice(1, -1);
  try {
    return String(JSON.parse(literal));
  } catch {
    return literal.slice(1);
  }
}

function skipString(text: string, open: number): number {
  for (let at = open + 1; ; ) {
    const quote = text.indexOf('"', at);
    if (quote === -1) return text.length;
    let slashes = 0;
    while (quote - slashes - 1 > open && text.charCodeAt(quote - slashes - 1) === 0x5c) slashes += 1;
    if (slashes % 2 === 0) return quote + 1;
    at = quote + 1;
  }
}

function skipValue(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = skipString(text, at);
      if (depth === 0) return at;
    } else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      at += 1;
    } else if (code === 0x7d || code === 0x5d) {
      if (depth === 0) return at;
      depth -= 1;
      at += 1;
      if (depth === 0) return at;
    } else if (depth === 0 && (code === 0x2c || code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09)) {
      return at;
    } else at += 1;
  }
  return text.length;
}

const QUOTE = 0x22;

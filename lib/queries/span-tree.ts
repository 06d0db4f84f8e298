/** A span as it stands in the store; times in microseconds since 1970. */
export type StoredSpan = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | null;
  readonly name: string;
  readonly kind: string;
  readonly service: string;
  readonly startUs: number;
  readonly durationUs: number;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
};

/** A span in its place below a row. */
export type PlacedSpan = { readonly span: StoredSpan; readonly depth: number };

/** A part of a row's working time: what the work called, by name, and what it did itself. */
export type WorkingPart = { readonly name: string; readonly us: number; readonly times: number };

/** What begins a row of its own, and is not told of again below another. */
const ROWS_OF_THEIR_OWN = new Set(["consumer", "server"]);

/**
 * The spans of the work that a stored trace context names, depth first and in the order of time. The context of a command
 * is that of its append: the command stands above it, and above that the request that asked for it. What other rows are
 * about is left out, a command that another one led to included.
 */
export function subtree(spans: readonly StoredSpan[], spanId: string): readonly PlacedSpan[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const children = new Map<string, StoredSpan[]>();
  for (const span of spans) {
    if (span.parentId === null) continue;
    const siblings = children.get(span.parentId);
    if (siblings) siblings.push(span);
    else children.set(span.parentId, [span]);
  }
  const named = byId.get(spanId);
  if (!named) return [];
  const above = (span: StoredSpan) => byId.get(span.parentId ?? "");
  const command = named.name === "append" ? above(named) : undefined;
  const work = command?.name === "command" ? command : named;
  const request = above(work);
  const placed: PlacedSpan[] = [];
  if (request?.kind === "server") placed.push({ span: request, depth: 1 });
  const open: PlacedSpan[] = [{ span: work, depth: placed.length + 1 }];
  for (let next = open.pop(); next; next = open.pop()) {
    placed.push(next);
    const { depth } = next;
    const below = (children.get(next.span.spanId) ?? [])
      .filter(({ kind, name }) => !ROWS_OF_THEIR_OWN.has(kind) && name !== "command")
      .sort((a, b) => b.startUs - a.startUs);
    open.push(...below.map((span) => ({ span, depth: depth + 1 })));
  }
  return placed;
}

/**
 * What the time of the work went to: the spans right below it by name, dearest first, and the rest, which is its own. The
 * parts may be more than the whole where the work did several things at once.
 */
export function splitOf(placed: readonly PlacedSpan[]): readonly WorkingPart[] {
  const work = placed.find(({ span }) => span.kind !== "server")?.span;
  if (!work) return [];
  const below = placed.map(({ span }) => span).filter(({ parentId }) => parentId === work.spanId);
  const parts = new Map<string, { us: number; times: number }>();
  for (const { name: called, durationUs } of below) {
    const name = partOf(called);
    const part = parts.get(name) ?? { us: 0, times: 0 };
    parts.set(name, part);
    part.us += durationUs;
    part.times += 1;
  }
  const named = [...parts].map(([name, part]) => ({ name, ...part })).sort((a, b) => b.us - a.us);
  const own = Math.max(0, work.durationUs - covered(below));
  return [...named, { name: "its own code", us: Math.round(own), times: 1 }];
}

/** The database driver names its spans by statement; together they are what SQL took. */
function partOf(name: string): string {
  if (name.startsWith("pg.query")) return "SQL";
  return /^pg(-pool)?\.connect/.test(name) ? "waiting for a connection" : name;
}

/** Microseconds during which at least one of the spans was under way. */
function covered(spans: readonly StoredSpan[]): number {
  let until = Number.NEGATIVE_INFINITY;
  let total = 0;
  for (const { startUs, durationUs } of [...spans].sort((a, b) => a.startUs - b.startUs)) {
    const end = startUs + durationUs;
    if (end > until) total += end - Math.max(startUs, until);
    until = Math.max(until, end);
  }
  return total;
}

import { createHash } from "node:crypto";
import { EventFailed } from "@/lib/subscriptions/consumer";

/** What is kept of an error: enough to recognise its cause, and no value of the payload. */
export type Failure = {
  readonly name: string;
  readonly message: string;
  /** The first frame that is not of a package or of Node: `applyRefund (billing.ts:88)`. */
  readonly topFrame: string | null;
  readonly stack: string | null;
  /** Where in the payload the error says it arose: `lines[0].amount`; null when it does not say. */
  readonly path: string | null;
};

const MESSAGE_MAX = 1_000;
const FRAMES_MAX = 12;

/**
 * Puts an error into the form that is stored. Every value of the payload is taken out of its message, the words of longer
 * texts included: a letter outlives the right to read what was in the event. A stack names code only. `data` is the payload's JSON text, readable as the consumer saw it.
 */
export function describeFailure(error: unknown, data: string | null = null): Failure {
  const inner = error instanceof EventFailed ? (error.cause ?? error) : error;
  if (!(inner instanceof Error)) {
    return { name: "Error", message: withoutValues(String(inner), data), topFrame: null, stack: null, path: null };
  }
  const rootFrames = framesOf(rootOf(inner));
  const frames = rootFrames.length > 0 ? rootFrames : framesOf(inner);
  const top = frames.find((frame) => !/node_modules|\(node:|^at node:|native/.test(frame)) ?? frames[0] ?? null;
  return {
    name: inner.name,
    message: withoutValues(inner.message, data).slice(0, MESSAGE_MAX),
    topFrame: top === null ? null : shortFrame(top),
    stack: frames.length === 0 ? null : frames.slice(0, FRAMES_MAX).join("\n"),
    path: issuePath(inner),
  };
}

/**
 * The cause as a short name: the same bug in the same consumer gets the same one whatever the event, and the lines of a
 * file may move without changing it.
 */
export function fingerprintOf(consumer: string, type: string, { name, topFrame, path }: Failure): string {
  const frame = topFrame?.replace(/:\d+\)?$/, "") ?? "";
  // The element of a list is not part of the cause.
  const place = path?.replace(/\[\d+\]/g, "[]") ?? "";
  return createHash("sha256").update([consumer, name, frame, type, place].join("\0")).digest("hex").slice(0, 12);
}

/** The error that started it, where one was wrapped in another. */
function rootOf(error: Error): Error {
  let root = error;
  for (let depth = 0; depth < 8 && root.cause instanceof Error; depth++) root = root.cause;
  return root;
}

function framesOf({ stack }: Error): string[] {
  return (stack ?? "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.startsWith("at "))
    .map((line) => line.replaceAll(`${process.cwd()}/`, "").replaceAll("file://", ""));
}

/** `at applyRefund (lib/domain/billing.ts:88:12)` → `applyRefund (billing.ts:88)`. */
function shortFrame(frame: string): string {
  const [, name, place] = /^at (?:async )?(?:(.+?) \()?(.+?)\)?$/.exec(frame) ?? [];
  const file = (place ?? "").replace(/^.*[/\\]/, "").replace(/^([^:]+:\d+):\d+$/, "$1");
  return name ? `${name.replace(/^Object\./, "")} (${file})` : file;
}

/** The path of the first issue of a zod error among the causes. */
function issuePath(error: Error): string | null {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    const { issues } = at as { issues?: unknown };
    if (!Array.isArray(issues)) continue;
    const { path } = (issues[0] ?? {}) as { path?: unknown };
    if (!Array.isArray(path) || path.length === 0) continue;
    return path
      .map((part, index) => (typeof part === "number" ? `[${part}]` : `${index > 0 ? "." : ""}${part}`))
      .join("");
  }
  return null;
}

const VALUES_MAX = 2_000;
const SHORTEST = 3;

function withoutValues(text: string, data: string | null): string {
  let clean = text.replaceAll("\0", "");
  if (data === null) return clean;
  let payload: unknown;
  try {
    payload = JSON.parse(data);
  } catch {
    return "The payload is not JSON.";
  }
  for (const value of [...valuesOf(payload)].sort((a, b) => b.length - a.length)) {
    clean = clean.replaceAll(value, "‹value›");
  }
  return clean;
}

/** Every value of a payload as text, and the words of those that have several; at most so many. */
function valuesOf(payload: unknown): Set<string> {
  const values = new Set<string>();
  const open: unknown[] = [payload];
  for (let at = open.pop(); at !== undefined && values.size < VALUES_MAX; at = open.pop()) {
    if (typeof at === "object") {
      if (at !== null) open.push(...Object.values(at).filter((value) => value !== undefined));
      continue;
    }
    if (typeof at === "boolean") continue;
    const value = String(at);
    const words = value.split(/[\s@,;:/]+/);
    for (const part of words.length > 1 ? [value, ...words.filter((word) => word.length > SHORTEST)] : [value]) {
      if (part.length >= SHORTEST) values.add(part);
    }
  }
  return values;
}

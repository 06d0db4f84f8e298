import type { Attributes } from "@opentelemetry/api";

/**
 * Span attribute names: those of the semantic conventions where these have one, and Tidemark's own under `tidemark.`, so
 * that they never clash with a convention that still moves.
 */
export const attributes = {
  stream: "tidemark.stream",
  category: "tidemark.category",
  command: "tidemark.command",
  outcome: "tidemark.outcome",
  attempts: "tidemark.attempts",
  version: "tidemark.version",
  events: "tidemark.events",
  appends: "tidemark.appends",
  fromPosition: "tidemark.position.from",
  toPosition: "tidemark.position.to",
  consumer: "tidemark.consumer",
  partition: "tidemark.partition",
  correlationId: "tidemark.correlation_id",
  requestId: "tidemark.request_id",
  process: "tidemark.process",
  timer: "tidemark.timer",
  /** How late a timer fired, in milliseconds. */
  late: "tidemark.timer.late_ms",
  run: "tidemark.run",
  runKind: "tidemark.run.kind",
  phase: "tidemark.run.phase",
  errorType: "error.type",
  method: "http.request.method",
  route: "http.route",
  status: "http.response.status_code",
  system: "messaging.system",
  operation: "messaging.operation.name",
  operationType: "messaging.operation.type",
  destination: "messaging.destination.name",
  consumerGroup: "messaging.consumer.group.name",
  messages: "messaging.batch.message_count",
  database: "db.system.name",
  databaseOperation: "db.operation.name",
  collection: "db.collection.name",
  batchSize: "db.operation.batch.size",
} as const;

/** What messaging calls the log: the system, and the destination that everything is appended to. */
export const messaging = { [attributes.system]: "tidemark", [attributes.destination]: "log" } as const;

/** Beside ours, what the database driver's own spans say that is neither data nor address. */
const OF_THE_DRIVER = new Set(["db.namespace", "db.query.text", "db.postgresql.plan", "db.response.status_code"]);
const OURS: ReadonlySet<string> = new Set(Object.values(attributes));
/** A statement's text holds parameters, never values; of long ones the beginning says which it is. */
const TEXT_MAX = 300;

/** The attributes of a span that a store may keep: a list of names, so that nothing gets in by being added to a span. */
export function keptAttributes(all: Attributes): Record<string, string | number | boolean> {
  const kept: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(all)) {
    if (!OURS.has(name) && !OF_THE_DRIVER.has(name)) continue;
    if (typeof value === "string") kept[name] = value.replaceAll("\0", "").slice(0, TEXT_MAX);
    else if (typeof value === "number" || typeof value === "boolean") kept[name] = value;
  }
  return kept;
}

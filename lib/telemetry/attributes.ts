/** Span attribute names: Tidemark's own under `tidemark.`, so that they never clash with a convention that still moves. */
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
  principal: "tidemark.principal",
} as const;

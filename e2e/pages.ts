import type { WireEvent } from "./example";

/** Somebody by digest, and a request about them. */
type Person = { readonly subject: string; readonly request: string };

/** Every page of the console: its name, and its address for an order of the demo, a cause of dead letters and somebody. */
export const pages: readonly {
  readonly name: string;
  readonly url: (order: WireEvent, cause: string, person: Person) => string;
}[] = [
  { name: "overview", url: () => "/local?live=off" },
  // A day before anything, and so with everything that can be unknown.
  { name: "overview-frozen", url: () => "/local?at=2026-01-01T00:00:00Z" },
  { name: "event-log", url: () => "/local/events?live=off" },
  { name: "event-log-filtered", url: () => "/local/events?live=off&q=type%3AOrderPlaced" },
  { name: "event-log-no-match", url: () => "/local/events?live=off&q=stream%3Anobody-0" },
  { name: "event-log-searching", url: () => "/local/events?live=off&q=actor%3Anobody" },
  { name: "event-log-at-a-time", url: () => "/local/events?at=2001-01-01T00%3A00%3A00Z" },
  { name: "search", url: ({ stream }) => `/local/search?q=${encodeURIComponent(stream)}` },
  { name: "search-empty", url: () => "/local/search" },
  { name: "search-no-match", url: () => "/local/search?q=nobody-has-this-name" },
  { name: "event", url: ({ id }) => `/local/events/${id}` },
  { name: "event-by-position", url: ({ position }) => `/local/log/${position}` },
  { name: "streams", url: () => "/local/streams" },
  { name: "streams-no-match", url: () => "/local/streams?prefix=nobody" },
  { name: "stream", url: ({ stream }) => `/local/streams/${encodeURIComponent(stream)}` },
  { name: "stream-at-version", url: ({ stream }) => `/local/streams/${encodeURIComponent(stream)}?version=2` },
  { name: "stream-diff", url: ({ stream }) => `/local/streams/${encodeURIComponent(stream)}?version=3&vs=1&view=diff` },
  {
    name: "stream-blame",
    url: ({ stream }) => `/local/streams/${encodeURIComponent(stream)}?view=blame&where=changed(status)`,
  },
  {
    name: "stream-what-if",
    url: ({ stream }) => `/local/streams/${encodeURIComponent(stream)}?version=2&run=PlaceOrder`,
  },
  {
    name: "streams-compared",
    url: ({ stream }) => `/local/compare?ids=${encodeURIComponent(stream)},nobody-0`,
  },
  { name: "streams-compared-none", url: () => "/local/compare" },
  { name: "snapshots", url: () => "/local/snapshots" },
  { name: "snapshots-no-match", url: () => "/local/snapshots?category=nobody" },
  { name: "traces", url: () => "/local/traces" },
  { name: "traces-failed", url: () => "/local/traces?state=failed" },
  { name: "traces-no-match", url: () => "/local/traces?q=stream%3Anobody-0" },
  { name: "trace", url: ({ correlationId }) => `/local/traces/${encodeURIComponent(correlationId)}` },
  { name: "trace-list", url: ({ correlationId }) => `/local/traces/${encodeURIComponent(correlationId)}?view=list` },
  { name: "trace-graph", url: ({ correlationId }) => `/local/traces/${encodeURIComponent(correlationId)}?view=graph` },
  { name: "projections", url: () => "/local/projections?live=off" },
  { name: "projection", url: () => "/local/projections/order-summary?live=off" },
  { name: "rebuild-mode", url: () => "/local/projections/order-summary/rebuild" },
  { name: "rebuild-scope", url: () => "/local/projections/order-summary/rebuild?step=scope&part=slices&slices=0-255" },
  {
    name: "rebuild-scope-refused",
    url: () => "/local/projections/order-summary/rebuild?step=review&part=slices&slices=9-3",
  },
  { name: "rebuild-dry-run", url: () => "/local/projections/order-summary/rebuild?step=dry-run" },
  {
    name: "rebuild-review",
    url: () => "/local/projections/order-summary/rebuild?step=review&part=slices&slices=0-511",
  },
  { name: "read-model", url: () => "/local/projections/order-summary/model" },
  { name: "read-model-no-match", url: () => "/local/projections/order-summary/model?key=nobody" },
  { name: "schema", url: () => "/local/schema" },
  { name: "schema-type", url: () => "/local/schema/OrderPaid" },
  { name: "schema-version", url: () => "/local/schema/ItemAdded/2" },
  { name: "schema-diff", url: () => "/local/schema/OrderPlaced/2?diff=1..2" },
  { name: "commands", url: () => "/local/commands" },
  { name: "command-log", url: () => "/local/commands/log?live=off" },
  { name: "command-log-no-match", url: () => "/local/commands/log?live=off&stream=nobody-0" },
  { name: "command", url: () => "/local/commands/order.ReturnOrder?id=42" },
  { name: "dead-letters", url: () => "/local/dead-letters?live=off" },
  { name: "dead-letter-cause", url: (_, cause) => `/local/dead-letters/${cause}?live=off` },
  { name: "dead-letters-no-match", url: () => "/local/dead-letters?live=off&by=letter&consumer=nobody" },
  { name: "dead-letters-of-a-closed-cause", url: () => "/local/dead-letters/000000000000" },
  { name: "runs", url: () => "/local/runs?live=off" },
  { name: "runs-no-match", url: () => "/local/runs?live=off&kind=nothing" },
  // Made by the test that opens these pages.
  { name: "run", url: () => "/local/runs/1?live=off" },
  { name: "alerts", url: () => "/local/alerts?live=off" },
  { name: "alerts-over", url: () => "/local/alerts?live=off&view=resolved" },
  { name: "alert-rules", url: () => "/local/alerts?live=off&view=rules" },
  { name: "alerts-no-match", url: () => "/local/alerts?live=off&rule=nothing" },
  { name: "slos", url: () => "/local/slos?live=off" },
  { name: "slo", url: () => "/local/slos/order-summary?live=off" },
  { name: "profile", url: () => "/local/settings/profile" },
  { name: "notifications", url: () => "/local/settings/notifications" },
  { name: "store", url: () => "/local/settings/store" },
  { name: "safety", url: () => "/local/settings/safety" },
  { name: "privacy", url: () => "/local/privacy?live=off" },
  { name: "privacy-no-match", url: () => "/local/privacy?live=off&state=overdue" },
  { name: "privacy-new", url: () => "/local/privacy/requests/new" },
  { name: "subjects", url: () => "/local/privacy/subjects" },
  { name: "subject", url: (_, __, { subject }) => `/local/privacy/subjects/${subject}` },
  { name: "shred-radius", url: (_, __, { request }) => `/local/privacy/requests/${request}?live=off` },
  { name: "shred-confirm", url: (_, __, { request }) => `/local/privacy/requests/${request}?live=off&step=confirm` },
  { name: "subject-unknown", url: () => `/local/privacy/subjects/${"0".repeat(64)}` },
  { name: "integrity", url: () => "/local/integrity?live=off" },
  { name: "integrity-no-match", url: () => "/local/integrity?live=off&sel=999999999" },
  { name: "audit", url: () => "/local/audit" },
  { name: "audit-no-match", url: () => "/local/audit?outcome=refused&actor=nobody" },
  { name: "processes", url: () => "/local/processes?live=off" },
  { name: "process", url: () => "/local/processes/order-fulfilment?live=off" },
  {
    name: "process-instance",
    url: ({ stream }) => `/local/processes/order-fulfilment/${encodeURIComponent(stream.slice("order-".length))}`,
  },
  { name: "not-found", url: () => "/local/no-such-page" },
];

/** The sizes that every page must work at. */
export const sizes = [
  { name: "desktop", width: 1440, height: 900 },
  { name: "tablet", width: 768, height: 1024 },
  { name: "phone", width: 390, height: 844 },
] as const;

import type { WireEvent } from "./example";

/** Every page of the console: its name, and its address for an order of the demo and a cause of dead letters. */
export const pages: readonly { readonly name: string; readonly url: (order: WireEvent, cause: string) => string }[] = [
  { name: "overview", url: () => "/local" },
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
  { name: "trace", url: ({ correlationId }) => `/local/traces/${encodeURIComponent(correlationId)}` },
  { name: "projections", url: () => "/local/projections" },
  { name: "projection", url: () => "/local/projections/order-summary" },
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
  { name: "command", url: () => "/local/commands/order.ReturnOrder?id=42" },
  { name: "dead-letters", url: () => "/local/dead-letters?live=off" },
  { name: "dead-letter-cause", url: (_, cause) => `/local/dead-letters/${cause}?live=off` },
  { name: "dead-letters-no-match", url: () => "/local/dead-letters?live=off&by=letter&consumer=nobody" },
  { name: "dead-letters-of-a-closed-cause", url: () => "/local/dead-letters/000000000000" },
  { name: "runs", url: () => "/local/runs?live=off" },
  { name: "runs-no-match", url: () => "/local/runs?live=off&kind=nothing" },
  // Made by the test that opens these pages.
  { name: "run", url: () => "/local/runs/1?live=off" },
  { name: "audit", url: () => "/local/audit" },
  { name: "audit-no-match", url: () => "/local/audit?outcome=refused&actor=nobody" },
  { name: "processes", url: () => "/local/processes" },
  { name: "process", url: () => "/local/processes/order-fulfilment" },
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

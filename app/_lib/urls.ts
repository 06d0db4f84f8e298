/**
 * Every link of the console, built in one place. Each starts with the store's slug, so that a link can never act on the
 * wrong store; names and ids are percent-encoded.
 */
export const urls = {
  overview: (store: string, query: Query = {}) => `${base(store)}${search(query)}`,
  events: (store: string, query: Query = {}) => `${base(store)}/events${search(query)}`,
  event: (store: string, id: string) => `${base(store)}/events/${encodeURIComponent(id)}`,
  position: (store: string, position: string) => `${base(store)}/log/${encodeURIComponent(position)}`,
  streams: (store: string, query: Query = {}) => `${base(store)}/streams${search(query)}`,
  stream: (store: string, stream: string, query: Query = {}) =>
    `${base(store)}/streams/${encodeURIComponent(stream)}${search(query)}`,
  compareStreams: (store: string, query: Query = {}) => `${base(store)}/compare${search(query)}`,
  snapshots: (store: string, query: Query = {}) => `${base(store)}/snapshots${search(query)}`,
  traces: (store: string, query: Query = {}) => `${base(store)}/traces${search(query)}`,
  trace: (store: string, correlationId: string) => `${base(store)}/traces/${encodeURIComponent(correlationId)}`,
  projections: (store: string, query: Query = {}) => `${base(store)}/projections${search(query)}`,
  projection: (store: string, name: string, query: Query = {}) =>
    `${base(store)}/projections/${encodeURIComponent(name)}${search(query)}`,
  partition: (store: string, name: string, partition: string) =>
    `${urls.projection(store, name, { p: partition })}#partition-${partition}`,
  rebuild: (store: string, name: string, query: Query = {}) =>
    `${base(store)}/projections/${encodeURIComponent(name)}/rebuild${search(query)}`,
  differences: (store: string, name: string, generation: number) =>
    `${base(store)}/projections/${encodeURIComponent(name)}/differences/${generation}`,
  readModel: (store: string, name: string, query: Query = {}) =>
    `${base(store)}/projections/${encodeURIComponent(name)}/model${search(query)}`,
  schema: (store: string, query: Query = {}) => `${base(store)}/schema${search(query)}`,
  schemaType: (store: string, type: string) => `${base(store)}/schema/${encodeURIComponent(type)}`,
  schemaVersion: (store: string, type: string, version: number, query: Query = {}) =>
    `${base(store)}/schema/${encodeURIComponent(type)}/${version}${search(query)}`,
  processes: (store: string, query: Query = {}) => `${base(store)}/processes${search(query)}`,
  process: (store: string, name: string, query: Query = {}) =>
    `${base(store)}/processes/${encodeURIComponent(name)}${search(query)}`,
  processInstance: (store: string, name: string, instance: string, query: Query = {}) =>
    `${base(store)}/processes/${encodeURIComponent(name)}/${encodeURIComponent(instance)}${search(query)}`,
  commands: (store: string, query: Query = {}) => `${base(store)}/commands${search(query)}`,
  /** `type` is category and name, `order.PlaceOrder`. */
  command: (store: string, type: string, query: Query = {}) =>
    `${base(store)}/commands/${encodeURIComponent(type)}${search(query)}`,
  commandLog: (store: string, query: Query = {}) => `${base(store)}/commands/log${search(query)}`,
  handledCommand: (store: string, id: string) => `${base(store)}/commands/log/${encodeURIComponent(id)}`,
  deadLetters: (store: string, query: Query = {}) => `${base(store)}/dead-letters${search(query)}`,
  deadLetterGroup: (store: string, group: string, query: Query = {}) =>
    `${base(store)}/dead-letters/${encodeURIComponent(group)}${search(query)}`,
  runs: (store: string, query: Query = {}) => `${base(store)}/runs${search(query)}`,
  run: (store: string, id: string, query: Query = {}) =>
    `${base(store)}/runs/${encodeURIComponent(id)}${search(query)}`,
  alerts: (store: string, query: Query = {}) => `${base(store)}/alerts${search(query)}`,
  alert: (store: string, id: string, query: Query = {}) =>
    `${base(store)}/alerts/${encodeURIComponent(id)}${search(query)}`,
  slos: (store: string, query: Query = {}) => `${base(store)}/slos${search(query)}`,
  slo: (store: string, consumer: string, query: Query = {}) =>
    `${base(store)}/slos/${encodeURIComponent(consumer)}${search(query)}`,
  /** The sections of the settings; each is a page. */
  settings: (store: string, section?: "profile" | "notifications" | "store" | "safety", query: Query = {}) =>
    `${base(store)}/settings${section === undefined ? "" : `/${section}`}${search(query)}`,
  /** `sel` is the size of a checkpoint. */
  integrity: (store: string, query: Query = {}) => `${base(store)}/integrity${search(query)}`,
  /** Requests to forget a person. */
  privacy: (store: string, query: Query = {}) => `${base(store)}/privacy${search(query)}`,
  /** Asking for one; `subject` is the digest of the person it is to be about. Identifiers are in no address. */
  newShred: (store: string, query: { subject?: string } = {}) => `${base(store)}/privacy/requests/new${search(query)}`,
  shred: (store: string, id: string, query: Query = {}) =>
    `${base(store)}/privacy/requests/${encodeURIComponent(id)}${search(query)}`,
  subjects: (store: string, query: Query = {}) => `${base(store)}/privacy/subjects${search(query)}`,
  /** A person, by the digest that stands for them. */
  subject: (store: string, digest: string, query: Query = {}) =>
    `${base(store)}/privacy/subjects/${encodeURIComponent(digest)}${search(query)}`,
  audit: (store: string, query: Query = {}) => `${base(store)}/audit${search(query)}`,
  /** A saved view: a list page and its query as text. */
  view: (store: string, { page, query }: { page: string; query: string }) =>
    `${base(store)}/${encodeURIComponent(page)}${query === "" ? "" : `?${query}`}`,
  search: (store: string, query: Query = {}) => `${base(store)}/search${search(query)}`,
  /** Resolves anything pasted: event id, position, stream, correlation, type, consumer, run, command; else searches for it. */
  go: (store: string, anything: string) => `${base(store)}/go?q=${encodeURIComponent(anything)}`,
  signIn: () => "/sign-in",
  redeem: (token: string) => `/sign-in/redeem?token=${encodeURIComponent(token)}`,
  api: (store: string, path: string, query: Query = {}) =>
    `/api/v1/${encodeURIComponent(store)}${path}${search(query)}`,
  /** The one stream of a browser; `topics` is their list as JSON. */
  liveTopics: (store: string, topics: string) =>
    `/api/v1/${encodeURIComponent(store)}/live/topics${search({ topics })}`,
} as const;

/** The slug of the store of a single-store installation. */
export const LOCAL_STORE = "local";

/** Query parameters; undefined, null and empty values are left out. */
export type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;

function base(store: string): string {
  return `/${encodeURIComponent(store)}`;
}

function search(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text ? `?${text}` : "";
}

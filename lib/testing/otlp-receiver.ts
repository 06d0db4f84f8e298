import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import protobuf from "protobufjs";

/** A span as a receiver decoded it; ids in hexadecimal, attributes flat. */
export type ReceivedSpan = {
  readonly service: string;
  readonly instance: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | null;
  readonly name: string;
  readonly kind: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly failed: boolean;
};

/** A line of a log as a receiver decoded it. */
type ReceivedLog = {
  readonly service: string;
  readonly severity: string;
  readonly body: string;
  readonly traceId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
};

/** A collector for tests: decodes what is sent to it as OTLP over HTTP, or takes requests and never answers. */
export type OtlpReceiver = {
  readonly url: string;
  readonly spans: () => readonly ReceivedSpan[];
  /** Names of the metrics that were sent, with the services that sent them. */
  readonly metrics: () => ReadonlyMap<string, ReadonlySet<string>>;
  /** Lines of logs, as they were decoded. */
  readonly logs: () => readonly ReceivedLog[];
  /** Requests that came, answered or not. */
  readonly requests: () => number;
  readonly close: () => Promise<void>;
};

/** Starts a receiver on a free port; `hanging` ones answer nobody. */
export async function openOtlpReceiver({ hanging = false } = {}): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const metrics = new Map<string, Set<string>>();
  const logs: ReceivedLog[] = [];
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (hanging) return;
      const body = Buffer.concat(chunks);
      if (request.url === "/v1/traces") spans.push(...spansOf(body));
      if (request.url === "/v1/metrics") addMetrics(metrics, body);
      if (request.url === "/v1/logs") logs.push(...logsOf(body));
      response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () => spans,
    metrics: () => metrics,
    logs: () => logs,
    requests: () => requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

// The part of opentelemetry-proto 1.x that is looked at, with its field numbers.
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Traces { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message ScopeSpans { repeated Span spans = 2; }
  message Metrics { repeated ResourceMetrics resource_metrics = 1; }
  message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; }
  message ScopeMetrics { repeated Metric metrics = 2; }
  message Metric { string name = 1; string description = 2; string unit = 3; }
  message Logs { repeated ResourceLogs resource_logs = 1; }
  message ResourceLogs { Resource resource = 1; repeated ScopeLogs scope_logs = 2; }
  message ScopeLogs { repeated LogRecord log_records = 2; }
  message LogRecord {
    fixed64 time_unix_nano = 1; int32 severity_number = 2; string severity_text = 3; AnyValue body = 5;
    repeated KeyValue attributes = 6; bytes trace_id = 9; bytes span_id = 10;
  }
  message Resource { repeated KeyValue attributes = 1; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; } }
  enum SpanKind { UNSPECIFIED = 0; INTERNAL = 1; SERVER = 2; CLIENT = 3; PRODUCER = 4; CONSUMER = 5; }
  message Status { string message = 2; int32 code = 3; }
  message Link { bytes trace_id = 1; bytes span_id = 2; }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; SpanKind kind = 6;
    fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8;
    repeated KeyValue attributes = 9; repeated Link links = 13; Status status = 15;
  }`);

type KeyValues = readonly { readonly key: string; readonly value?: Readonly<Record<string, unknown>> }[];
type Resource = { readonly resource?: { readonly attributes?: KeyValues } };
type WireSpan = {
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
  readonly parentSpanId?: Uint8Array;
  readonly name: string;
  readonly kind: string;
  readonly attributes?: KeyValues;
  readonly links?: readonly { readonly traceId: Uint8Array; readonly spanId: Uint8Array }[];
  readonly status?: { readonly code?: number };
};

function decode<Message>(type: string, body: Uint8Array): Message {
  const found = root.lookupType(type);
  return found.toObject(found.decode(body), { enums: String, longs: Number }) as Message;
}

function spansOf(body: Uint8Array): ReceivedSpan[] {
  type Traces = { resourceSpans?: readonly (Resource & { scopeSpans?: readonly { spans?: readonly WireSpan[] }[] })[] };
  return (decode<Traces>("Traces", body).resourceSpans ?? []).flatMap(({ resource, scopeSpans = [] }) => {
    const about = flat(resource?.attributes);
    return scopeSpans
      .flatMap(({ spans = [] }) => spans)
      .map((span) => ({
        service: String(about["service.name"]),
        instance: String(about["service.instance.id"]),
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
        parentId: span.parentSpanId && span.parentSpanId.length > 0 ? hex(span.parentSpanId) : null,
        name: span.name,
        kind: span.kind,
        attributes: flat(span.attributes),
        links: (span.links ?? []).map((link) => ({ traceId: hex(link.traceId), spanId: hex(link.spanId) })),
        failed: span.status?.code === 2,
      }));
  });
}

function addMetrics(metrics: Map<string, Set<string>>, body: Uint8Array): void {
  type Sent = {
    resourceMetrics?: readonly (Resource & {
      scopeMetrics?: readonly { metrics?: readonly { name: string }[] }[];
    })[];
  };
  for (const { resource, scopeMetrics = [] } of decode<Sent>("Metrics", body).resourceMetrics ?? []) {
    const service = String(flat(resource?.attributes)["service.name"]);
    for (const { name } of scopeMetrics.flatMap((scope) => scope.metrics ?? [])) {
      metrics.set(name, (metrics.get(name) ?? new Set()).add(service));
    }
  }
}

function logsOf(body: Uint8Array): ReceivedLog[] {
  type Wire = { severityText?: string; body?: { stringValue?: string }; attributes?: KeyValues; traceId?: Uint8Array };
  type Sent = { resourceLogs?: readonly (Resource & { scopeLogs?: readonly { logRecords?: readonly Wire[] }[] })[] };
  return (decode<Sent>("Logs", body).resourceLogs ?? []).flatMap(({ resource, scopeLogs = [] }) =>
    scopeLogs
      .flatMap(({ logRecords = [] }) => logRecords)
      .map((line) => ({
        service: String(flat(resource?.attributes)["service.name"]),
        severity: line.severityText ?? "",
        body: line.body?.stringValue ?? "",
        traceId: hex(line.traceId ?? new Uint8Array()),
        attributes: flat(line.attributes),
      })),
  );
}

function flat(attributes: KeyValues = []): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value = {} }) => [key, Object.values(value)[0]]));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

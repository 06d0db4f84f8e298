import {
  type Counter,
  type Histogram,
  type Meter,
  type MeterProvider,
  metrics,
  type ObservableResult,
} from "@opentelemetry/api";
import { observedPools, observedViewers } from "@/lib/telemetry/observed";
import { processWide } from "@/lib/telemetry/process-wide";
import { tallies } from "@/lib/telemetry/tallies";

/**
 * Every instrument that a process writes to. Names and units follow the semantic conventions for messaging, databases and
 * HTTP where these have one; the others are Tidemark's own. Attributes come from code (consumers, commands, routes,
 * outcomes), never from data: no stream, no id, no person. `docs/telemetry.md` lists them.
 */
export type Instruments = {
  /** Seconds of the slowest append of each call to the database, from its arrival to the answer. */
  readonly appendSeconds: Histogram;
  readonly commandSeconds: Histogram;
  readonly commandRetries: Counter;
  /** One batch of a consumer, from reading on. */
  readonly processSeconds: Histogram;
  readonly consumedMessages: Counter;
  /** Failures that name no event: the partition waits and tries again. */
  readonly faults: Counter;
  readonly deadLetters: Counter;
  readonly processCommands: Counter;
  readonly timersFired: Counter;
  readonly runsEnded: Counter;
  readonly requestSeconds: Histogram;
  readonly errors: Counter;
};

/** The instruments of the meter that is in force now. Before telemetry is started they do nothing. */
export function instruments(): Instruments {
  const provider = metrics.getMeterProvider();
  if (held.made?.provider !== provider) held.made = { provider, instruments: makeAll(provider.getMeter("tidemark")) };
  return held.made.instruments;
}

const held = processWide("instruments", () => ({
  made: undefined as { readonly provider: MeterProvider; readonly instruments: Instruments } | undefined,
}));

/** Seconds: half a millisecond to ten seconds. */
const BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

function makeAll(meter: Meter): Instruments {
  observeTallies(meter);
  observePools(meter);
  const seconds = (name: string, description: string) =>
    meter.createHistogram(name, { unit: "s", description, advice: { explicitBucketBoundaries: BOUNDS } });
  const counter = (name: string, unit: string, description: string) =>
    meter.createCounter(name, { unit: `{${unit}}`, description });
  return {
    appendSeconds: seconds("tidemark.append.duration", "The slowest append of each call, from arrival to answer"),
    commandSeconds: seconds("tidemark.command.duration", "Commands by outcome, retries included"),
    commandRetries: counter("tidemark.command.retries", "retry", "Commands decided anew after a version conflict"),
    processSeconds: seconds("messaging.process.duration", "Batches of consumers, from reading to commit"),
    consumedMessages: counter("messaging.client.consumed.messages", "message", "Events that consumers have committed"),
    faults: counter("tidemark.consumer.faults", "fault", "Failures of consumers that name no event, by kind"),
    deadLetters: counter("tidemark.dead_letters", "letter", "What was done with events that failed"),
    processCommands: counter("tidemark.process.commands", "command", "Commands that process managers have sent"),
    timersFired: counter("tidemark.process.timers.fired", "timer", "Timers of process managers that have fired"),
    runsEnded: counter("tidemark.runs.ended", "run", "Runs that have ended, by outcome"),
    requestSeconds: seconds("http.server.request.duration", "Requests of the HTTP API"),
    errors: counter("tidemark.errors", "error", "Answers of the HTTP API that are errors, by code"),
  };
}

function observeTallies(meter: Meter): void {
  const { appends, spans } = tallies;
  const each = (of: Readonly<Record<string, number>>, name: string) => (result: ObservableResult) => {
    for (const [value, count] of Object.entries(of)) result.observe(count, { [name]: value });
  };
  meter
    .createObservableCounter("tidemark.appends", { unit: "{append}", description: "Appends by outcome" })
    .addCallback(each(appends, "outcome"));
  meter
    .createObservableCounter("tidemark.append.events", { unit: "{event}", description: "Events that were appended" })
    .addCallback((result) => result.observe(tallies.events));
  meter
    .createObservableCounter("tidemark.spans", {
      unit: "{span}",
      description: "Spans for the store of spans: written, or dropped and why",
    })
    .addCallback(each(spans, "outcome"));
  meter
    .createObservableGauge("tidemark.live.viewers", { unit: "{viewer}", description: "Open live feeds" })
    .addCallback((result) => {
      const count = observedViewers.count?.();
      if (count !== undefined) result.observe(count);
    });
}

function observePools(meter: Meter): void {
  const connections = meter.createObservableUpDownCounter("db.client.connection.count", {
    unit: "{connection}",
    description: "Connections to the database, by pool and state",
  });
  const waiting = meter.createObservableUpDownCounter("db.client.connection.pending_requests", {
    unit: "{request}",
    description: "Statements that wait for a connection",
  });
  const most = meter.createObservableUpDownCounter("db.client.connection.max", {
    unit: "{connection}",
    description: "Connections that a pool may open",
  });
  meter.addBatchObservableCallback(
    (result) => {
      for (const [name, pool] of observedPools) {
        const about = { "db.client.connection.pool.name": name };
        const state = "db.client.connection.state";
        result.observe(connections, pool.idleCount, { ...about, [state]: "idle" });
        result.observe(connections, pool.totalCount - pool.idleCount, { ...about, [state]: "used" });
        result.observe(waiting, pool.waitingCount, about);
        result.observe(most, pool.options.max, about);
      }
    },
    [connections, waiting, most],
  );
}

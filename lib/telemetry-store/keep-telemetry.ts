import { pollLoop } from "@/lib/db/poll-loop";
import { openPool } from "@/lib/db/pool";
import { onStop } from "@/lib/kernel/on-stop";
import { writeMetrics } from "@/lib/telemetry-store/write-metrics";
import { writeSpans } from "@/lib/telemetry-store/write-spans";

/** Whose telemetry is kept. */
export type TelemetryKeeping = { readonly url: string; readonly schema: string };

const SPANS_EVERY_MS = 1_000;
const METRICS_EVERY_MS = 5_000;
const STATEMENT_MS = 3_000;
const FAREWELL_MS = 300;

/**
 * Writes this process's spans and counts to the database, on a connection of its own and beside the work, until `stop` is
 * called; then once more, so that the last of them are there, and resolves when that is done or has taken too long.
 * What cannot be written is dropped and counted.
 */
export function keepTelemetry({ url, schema }: TelemetryKeeping): { readonly stop: () => Promise<void> } {
  const pool = openPool({
    url,
    schema,
    max: 1,
    durable: false,
    applicationName: "tidemark-telemetry",
    statementTimeoutMs: STATEMENT_MS,
  });
  const stopping = new AbortController();
  const { signal } = stopping;
  // A store that does not answer is told of by everything else; its telemetry needs no line of its own.
  const loop = (idleMs: number, work: () => Promise<boolean>) =>
    pollLoop({ signal, idleMs, errorMs: idleMs, maxErrorMs: 30_000, onError: () => undefined, work });
  const ended = Promise.all([
    loop(SPANS_EVERY_MS, () => writeSpans(pool)),
    loop(METRICS_EVERY_MS, () => writeMetrics(pool)),
  ]);
  const stop = async () => {
    if (signal.aborted) return;
    forget();
    stopping.abort();
    const last = ended.then(() => Promise.allSettled([writeSpans(pool), writeMetrics(pool)]));
    await Promise.race([last, expire(FAREWELL_MS)]);
    await Promise.race([pool.end(), expire(FAREWELL_MS)]);
  };
  const forget = onStop(() => void stop());
  return { stop };
}

function expire(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

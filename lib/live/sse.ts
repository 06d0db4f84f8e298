import { eventJson } from "@/lib/event-store/event-json";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import type { EventStore } from "@/lib/event-store/store";
import type { Hub } from "@/lib/live/hub";
import { type LiveFilter, runSession } from "@/lib/live/session";

/** How an open stream is kept: heart-beats, what may wait for a viewer, and how long history waits for it. */
export type SseLimits = {
  readonly heartbeatMs: number;
  readonly bufferBytes: number;
  readonly patienceMs: number;
};

/** A comment at least every 10 s; a viewer with more than 4 MiB to read, or that reads nothing for 30 s, is let go. */
const sseLimits: SseLimits = { heartbeatMs: 10_000, bufferBytes: 4 * 1024 * 1024, patienceMs: 30_000 };

/** Bytes that may be ready before history waits for the viewer to read. */
const READY_BYTES = 256 * 1024;

/**
 * The log above `after` as server-sent events: one frame an event, `id:` its position. `signal` ends it from our side; the
 * viewer ends it by going away. Ends with a comment that says why, unless the viewer has gone.
 */
export function eventFrames(
  parts: {
    readonly store: Pick<EventStore, "readAll">;
    readonly hub: Hub;
    readonly signal: AbortSignal;
    /** Called once, when nothing more will be written. */
    readonly onEnd: () => void;
  },
  after: bigint,
  filter: LiveFilter,
  limits: SseLimits = sseLimits,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const gone = new AbortController();
  const signal = AbortSignal.any([parts.signal, gone.signal]);
  let drained: (() => void) | undefined;

  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const write = (text: string) => {
          if (!gone.signal.aborted) controller.enqueue(encoder.encode(text));
        };
        const waiting = () => READY_BYTES - (controller.desiredSize ?? READY_BYTES);
        const room = async () => {
          const deadline = performance.now() + limits.patienceMs;
          while (waiting() >= READY_BYTES && !signal.aborted) {
            if (performance.now() > deadline) return stop("too slow");
            await drainedOrLater((resolve) => {
              drained = resolve;
            });
          }
        };
        const push = (event: RecordedEvent): boolean => {
          if (waiting() > limits.bufferBytes) return false;
          write(frameOf(event));
          return true;
        };
        let over = false;
        const stop = (why: string) => {
          if (over) return;
          over = true;
          clearInterval(beat);
          if (!gone.signal.aborted) {
            write(`: ${why}; reconnect with Last-Event-ID\n\n`);
            controller.close();
            // What is written may still be read; a viewer that does not even do that loses its connection.
            setTimeout(() => controller.error(new Error("The viewer did not read.")), limits.patienceMs).unref();
          }
          gone.abort();
          parts.onEnd();
        };
        const beat = setInterval(() => {
          // A viewer that does not read must not collect heart-beats without end either.
          if (waiting() <= limits.bufferBytes) write(": beat\n\n");
        }, limits.heartbeatMs);
        write(`retry: 1000\n: after ${after}\n\n`);
        runSession({ ...parts, signal, sink: { push, room } }, after, filter).then(
          (why) => stop(why === "too-slow" ? "too slow" : "closing"),
          () => stop("the log could not be read"),
        );
      },
      pull() {
        drained?.();
      },
      cancel() {
        gone.abort();
        drained?.();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: READY_BYTES }),
  );
}

/** One event as one frame; a line break between the tokens of a payload would end the frame's line, so each gets a line. */
function frameOf(event: RecordedEvent): string {
  const lines = eventJson(event).split(/\r\n|\r|\n/);
  return `event: event\nid: ${event.position}\n${lines.map((line) => `data: ${line}\n`).join("")}\n`;
}

/** Resolves when the viewer has read, and once a second to look at the clock. */
function drainedOrLater(onDrain: (resolve: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, 1_000);
    onDrain(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

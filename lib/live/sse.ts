/** How an open stream is kept: heart-beats, what may wait for a viewer, and how long history waits for it. */
export type SseLimits = {
  readonly heartbeatMs: number;
  readonly bufferBytes: number;
  readonly patienceMs: number;
};

/** A beat at least every 10 s; a viewer with more than 4 MiB to read, or that reads nothing for 30 s, is let go. */
export const sseLimits: SseLimits = { heartbeatMs: 10_000, bufferBytes: 4 * 1024 * 1024, patienceMs: 30_000 };

/** Bytes that may be ready before history waits for the viewer to read. */
const READY_BYTES = 256 * 1024;

/** Where frames of one viewer go, until `signal` is aborted. */
export type FrameSink = {
  /** False, with nothing written, when the viewer has more to read than may wait for it. */
  readonly write: (frame: string) => boolean;
  /** Resolves when more history may be read for this viewer. */
  readonly room: () => Promise<void>;
  readonly signal: AbortSignal;
};

/** What one stream is made of. */
type FrameStream = {
  /** Ends the stream from our side. */
  readonly signal: AbortSignal;
  /** Called once, when nothing more will be written. */
  readonly onEnd: () => void;
  /** Written first, after the browser was told to come back a second after a loss. */
  readonly hello: string;
  readonly beat: () => string;
  /** The last frame; says why. */
  readonly farewell: (why: string) => string;
  readonly run: (sink: FrameSink) => Promise<"ended" | "too-slow">;
  readonly limits: SseLimits;
};

/**
 * A body of server-sent events that never holds more for its viewer than its limits say. Ends with the farewell when
 * `run` has, unless the viewer has gone.
 */
export function frameStream({ hello, beat, farewell, run, limits, ...parts }: FrameStream): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const gone = new AbortController();
  const signal = AbortSignal.any([parts.signal, gone.signal]);
  const drained = new Set<() => void>();
  const drain = () => {
    for (const wake of drained) wake();
  };

  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const enqueue = (text: string) => {
          if (!gone.signal.aborted) controller.enqueue(encoder.encode(text));
        };
        const waiting = () => READY_BYTES - (controller.desiredSize ?? READY_BYTES);
        const write = (frame: string): boolean => {
          if (waiting() > limits.bufferBytes) return false;
          enqueue(frame);
          return true;
        };
        const room = async () => {
          const deadline = performance.now() + limits.patienceMs;
          while (waiting() >= READY_BYTES && !signal.aborted) {
            if (performance.now() > deadline) return stop("too slow");
            await drainedOrLater(drained);
          }
        };
        let over = false;
        const stop = (why: string) => {
          if (over) return;
          over = true;
          clearInterval(timer);
          if (!gone.signal.aborted) {
            enqueue(farewell(why));
            controller.close();
            // What is written may still be read; a viewer that does not even do that loses its connection.
            setTimeout(() => controller.error(new Error("The viewer did not read.")), limits.patienceMs).unref();
          }
          gone.abort();
          parts.onEnd();
        };
        // A viewer that does not read must not collect beats without end either, so they go through the same gate.
        const timer = setInterval(() => write(beat()), limits.heartbeatMs);
        enqueue(`retry: 1000\n${hello}`);
        run({ write, room, signal }).then(
          (why) => stop(why === "too-slow" ? "too slow" : "closing"),
          () => stop("the log could not be read"),
        );
      },
      pull: drain,
      cancel() {
        gone.abort();
        drain();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: READY_BYTES }),
  );
}

/** One frame. A line break within `data`, as between the tokens of a payload, would end its line, so each part gets one. */
export function frame(event: string, id: string, data: string): string {
  const lines = data.split(/\r\n|\r|\n/);
  return `event: ${event}\nid: ${id}\n${lines.map((line) => `data: ${line}\n`).join("")}\n`;
}

/** Resolves when the viewer has read, and once a second to look at the clock. */
function drainedOrLater(drained: Set<() => void>): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      drained.delete(wake);
      resolve();
    };
    const timer = setTimeout(wake, 1_000);
    drained.add(wake);
  });
}

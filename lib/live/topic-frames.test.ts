import fc from "fast-check";
import { expect, test } from "vitest";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import type { LogRead } from "@/lib/event-store/store";
import { openGauge } from "@/lib/live/gauge";
import type { Hub } from "@/lib/live/hub";
import { conditions, type LiveFilter, passes } from "@/lib/live/session";
import { forgottenFilter, resumedTopics, resumeId, type WatchedTopic } from "@/lib/live/topic";
import { topicFrames } from "@/lib/live/topic-frames";
import { eventually } from "@/lib/testing/eventually";

/** A log whose readers see more than its hub has handed out: what lies between the two is where events get lost. */
function memoryLog(remembers: number) {
  const events: RecordedEvent[] = [];
  const viewers = new Set<(event: RecordedEvent) => void>();
  let handed = 0;
  const hub: Hub = {
    tail: () => {
      const memory = events.slice(Math.max(0, handed - remembers), handed);
      return { position: BigInt(handed), since: BigInt(handed - memory.length), events: memory, ageMs: 0 };
    },
    join(viewer) {
      viewers.add(viewer);
      return () => void viewers.delete(viewer);
    },
    ready: Promise.resolve(),
    close: () => Promise.resolve(),
  };
  return {
    events,
    hub,
    append(type: string, stream: string, data = "{}") {
      const position = BigInt(events.length + 1);
      events.push({ type, stream, position, data, metadata: null, correlationId: stream } as unknown as RecordedEvent);
    },
    /** The hub looks, and hands out as many as it finds. */
    look(most: number) {
      for (const event of events.slice(handed, handed + most)) {
        handed += 1;
        for (const viewer of viewers) viewer(event);
      }
    },
    store: {
      async readAll({ after = 0n, limit = 50, direction, types, ...where }: LogRead): Promise<RecordedEvent[]> {
        // Some readings take long enough for a beat to come in between.
        await (events.length % 3 === 0 ? new Promise((resolve) => setTimeout(resolve, 3)) : turn());
        const filter = { type: types?.[0], stream: where.stream, category: where.category };
        const found = events.filter((event) => event.position > after && passes(event, filter));
        return (direction === "backwards" ? found.reverse() : found).slice(0, limit);
      },
    },
  };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A browser: reads frames, keeps the last id, can lose its connection and come back with it. */
function viewer(log: ReturnType<typeof memoryLog>, topics: readonly WatchedTopic[]) {
  const seen = topics.map((): string[] => []);
  const gauges = {
    lag: openGauge(async () => 1, 1_000),
    runs: openGauge(async () => 1, 1_000),
    alerts: openGauge(async () => 1, 1_000),
  };
  let id = "";
  let gone = new AbortController();
  let ends = "";
  const open = () => {
    gone = new AbortController();
    const body = topicFrames(
      { store: log.store, hub: log.hub, gauges, signal: gone.signal, onEnd: () => undefined },
      id === "" ? topics : resumedTopics(topics, id),
      { heartbeatMs: 1, bufferBytes: 4_000, patienceMs: 1_000 },
    );
    void read(body.getReader(), gone.signal);
  };
  const read = async (reader: ReadableStreamDefaultReader<Uint8Array>, signal: AbortSignal) => {
    const decoder = new TextDecoder();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done || signal.aborted) return signal.aborted ? undefined : open();
      rest += decoder.decode(value, { stream: true });
      const frames = rest.split("\n\n");
      rest = frames.pop() ?? "";
      for (const frame of frames) take(frame);
    }
  };
  const take = (frame: string) => {
    const topic = /^event: (\d+)$/m.exec(frame)?.[1];
    const data = /^data: (.*)$/m.exec(frame)?.[1] ?? "";
    if (frame.startsWith("event: end")) ends = data;
    id = /^id: (.*)$/m.exec(frame)?.[1] ?? id;
    if (topic !== undefined) seen[Number(topic)]?.push(data);
  };
  open();
  return {
    seen,
    ends: () => ends,
    lose() {
      gone.abort();
      open();
    },
    close: () => gone.abort(),
  };
}

const filters: readonly LiveFilter[] = [{}, { type: "A" }, { stream: "s-1" }, { type: "B", category: "s" }];
const act = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ append: fc.constantFrom("A", "B"), stream: fc.constantFrom("s-1", "s-2", "t-1") }),
  },
  { weight: 3, arbitrary: fc.record({ look: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ rest: fc.integer({ min: 0, max: 4 }) }) },
  { weight: 1, arbitrary: fc.constant({ lose: true as const }) },
);

test("however often the stream breaks, every topic gets every one of its events once, in order", async () => {
  const topics = fc.array(fc.record({ filter: fc.constantFrom(...filters), after: fc.bigInt(0n, 12n) }), {
    minLength: 1,
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(
      topics,
      fc.array(act, { maxLength: 60 }),
      fc.integer({ min: 0, max: 8 }),
      async (asked, acts, remembers) => {
        const log = memoryLog(remembers);
        for (let n = 0; n < 12; n++) log.append(n % 2 ? "A" : "B", `s-${n % 3}`);
        log.look(8);
        const watched = asked.map(({ filter, after }) => ({ topic: "events" as const, after, filter }));
        const tab = viewer(log, [...watched, { topic: "lag" }]);
        for (const one of acts) {
          if ("append" in one) log.append(one.append, one.stream);
          else if ("look" in one) log.look(one.look);
          else if ("rest" in one) await new Promise((resolve) => setTimeout(resolve, one.rest));
          else tab.lose();
        }
        log.look(Number.POSITIVE_INFINITY);
        const wanted = asked.map(({ filter, after }) =>
          log.events
            .filter((event) => event.position > after && passes(event, filter))
            .map(({ position }) => String(position)),
        );
        const got = () => tab.seen.slice(0, -1).map((of) => of.map((data) => JSON.parse(data).position));
        await eventually(() => got().every((of, index) => of.length >= (wanted[index]?.length ?? 0)));
        for (let n = 0; n < 5; n++) await turn();
        tab.close();
        expect(got()).toEqual(wanted);
        expect(tab.seen.at(-1)?.at(-1)).toBe("1");
      },
    ),
    { numRuns: 60 },
  );
});

test("a viewer that reads too slowly is told so, and comes back to all of it", async () => {
  const log = memoryLog(0);
  const tab = viewer(log, [{ topic: "events", after: 0n, filter: {} }]);
  await turn();
  for (let n = 0; n < 3_000; n++) log.append("A", "s-1", JSON.stringify({ text: "x".repeat(200) }));
  log.look(3_000);
  await eventually(() => tab.seen[0]?.length === 3_000);
  tab.close();
  expect(tab.ends()).toBe("too slow");
  expect(tab.seen[0]?.map((data) => JSON.parse(data).position)).toEqual(
    log.events.map(({ position }) => String(position)),
  );
});

test("a hint says that there is something newer, the newest only, and not for what a filter keeps out", async () => {
  const log = memoryLog(10);
  log.append("A", "s-1");
  log.look(1);
  const tab = viewer(log, [
    { topic: "moved", after: 0n, filter: { type: "A" } },
    { topic: "moved", after: 1n, filter: { type: "A" } },
  ]);
  await eventually(() => tab.seen[0]?.length === 1);
  for (let n = 0; n < 50; n++) log.append(n === 49 ? "B" : "A", "s-1");
  log.look(51);
  await eventually(() => tab.seen.every((of) => of.at(-1) === "50"));
  tab.close();
  expect(tab.seen[0]?.length).toBeLessThan(5);
});

test("that somebody was forgotten is told with the request and nothing else, to whoever comes back, too, and not by an event that only looks so", async () => {
  const log = memoryLog(10);
  const said = JSON.stringify({ request: "r-1", keys: ["k-1"], events: 2 });
  log.append("SubjectForgotten", "forgotten-r-1", said);
  log.append("SubjectForgotten", "else-r-2", said);
  log.append("Else", "forgotten-r-3", said);
  log.look(3);
  const tab = viewer(log, [{ topic: "forgotten", after: 0n, filter: forgottenFilter }]);
  await eventually(() => tab.seen[0]?.length === 1);
  tab.lose();
  log.append("SubjectForgotten", "forgotten-r-4", said);
  log.look(1);
  await eventually(() => tab.seen[0]?.length === 2);
  tab.close();
  expect(tab.seen[0]).toEqual(['{"request":"r-1"}', '{"request":"r-4"}']);
});

test("an id of other topics is refused", () => {
  const topics: WatchedTopic[] = [{ topic: "events", after: undefined, filter: {} }, { topic: "lag" }];
  expect(resumedTopics(topics, resumeId([7n, undefined]))).toMatchObject([{ after: 7n }, { topic: "lag" }]);
  for (const id of ["7", "7.8", "-.-", "7.-.1", "x.-", "7; drop.-"]) {
    expect(() => resumedTopics(topics, id), id).toThrow("Last-Event-ID");
  }
  expect(conditions({ correlation: "c-1" })).toEqual({ correlationId: "c-1" });
});

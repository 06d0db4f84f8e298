import fc from "fast-check";
import { expect, test } from "vitest";
import type { StreamEvents } from "./live-desk";
import { createShare, type LiveShare, type ShareMessage } from "./live-share";
import type { PlacedTopic } from "./live-topic";

type Stream = { topics: { topic: PlacedTopic; place: number }[]; events: StreamEvents };
type Seen = { tab: number; after: number; got: number[]; leave: () => void };

/** A browser of `count` tabs, a server with one growing log, and every message on its way until it is let through. */
function browser(count: number) {
  let head = 10;
  const streams = new Set<Stream>();
  const inbox: ShareMessage[][] = Array.from({ length: count }, () => []);
  const timers: (() => void)[][] = Array.from({ length: count }, () => []);
  const seen: Seen[] = [];
  const tabs: LiveShare[] = inbox.map((_, tab) =>
    createShare(`tab-${tab}`, {
      post: (message) => inbox.forEach((box, other) => void (other === tab || box.push(structuredClone(message)))),
      onState: () => undefined,
      open(topics, events) {
        const stream = { topics: topics.map((topic) => ({ topic, place: Number(topic.after) })), events };
        streams.add(stream);
        return () => void streams.delete(stream);
      },
      later(act, _ms) {
        timers[tab]?.push(act);
        return () => void timers[tab]?.splice(timers[tab].indexOf(act), 1);
      },
    }),
  );
  const world = {
    tabs,
    seen,
    streams,
    append: (events: number) => {
      head += events;
    },
    head: () => head,
    lead(tab: number | undefined) {
      for (const [index, share] of tabs.entries()) if (index !== tab) share.lead(false);
      if (tab !== undefined) tabs[tab]?.lead(true);
    },
    subscribe(tab: number, type: string | undefined, back: number) {
      const one: Seen = { tab, after: Math.max(0, head - back), got: [], leave: () => undefined };
      one.leave =
        tabs[tab]?.subscribe({ topic: "events", type }, String(one.after), (data) => one.got.push(Number(data))) ??
        one.leave;
      seen.push(one);
    },
    receive(tab: number) {
      const message = inbox[tab]?.shift();
      if (message) tabs[tab]?.receive(message);
      return message !== undefined;
    },
    fire(tab: number) {
      timers[tab]?.shift()?.();
    },
    /** The server sends each open stream its next event, of the topic whose turn it is. */
    send() {
      for (const stream of streams) {
        for (const [index, topic] of stream.topics.entries()) {
          if (!(topic.place < head)) continue;
          topic.place += 1;
          stream.events.onFrame(index, String(topic.place), String(topic.place));
          break;
        }
      }
    },
    settle() {
      for (let n = 0; n < 400; n++) {
        for (const tab of tabs.keys()) {
          world.receive(tab);
          if (n % 5 === 0) world.fire(tab);
        }
        world.send();
      }
    },
  };
  return world;
}

const tab = fc.integer({ min: 0, max: 3 });
const act = fc.oneof(
  { weight: 4, arbitrary: fc.record({ act: fc.constant("append" as const), n: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 6, arbitrary: fc.record({ act: fc.constant("send" as const), n: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 6, arbitrary: fc.record({ act: fc.constant("receive" as const), tab }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant("fire" as const), tab }) },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant("subscribe" as const),
      tab,
      type: fc.constantFrom(undefined, "A"),
      back: fc.integer({ min: 0, max: 9 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("leave" as const), n: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("lead" as const), tab: fc.option(tab, { nil: undefined }) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("quiet" as const), tab, quiet: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("roll" as const), tab }) },
);

test("whoever leads, hides, comes or goes, every page gets every event once, in order, over one stream", () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 120 }), (acts) => {
      const world = browser(4);
      world.lead(0);
      for (const one of acts) {
        if (one.act === "append") world.append(one.n);
        else if (one.act === "send") for (let n = 0; n < one.n; n++) world.send();
        else if (one.act === "receive") world.receive(one.tab);
        else if (one.act === "fire") world.fire(one.tab);
        else if (one.act === "subscribe") world.subscribe(one.tab, one.type, one.back);
        else if (one.act === "leave") world.seen.splice(one.n, 1)[0]?.leave();
        else if (one.act === "lead") world.lead(one.tab);
        else if (one.act === "quiet") world.tabs[one.tab]?.quiet(one.quiet);
        else world.tabs[one.tab]?.roll();
        expect(world.streams.size).toBeLessThanOrEqual(1);
      }
      for (const share of world.tabs) share.quiet(false);
      world.lead(1);
      for (let n = 0; n < 3; n++) {
        world.settle();
        world.tabs[1]?.roll();
      }
      world.settle();
      for (const { after, got } of world.seen) {
        expect(got).toEqual(Array.from({ length: world.head() - after }, (_, n) => after + 1 + n));
      }
    }),
    { numRuns: 300 },
  );
});

test("a figure is told to who comes later, and not again while it is the same", () => {
  const world = browser(2);
  world.lead(0);
  const told: string[][] = [[], []];
  world.tabs[0]?.subscribe({ topic: "runs" }, undefined, (data) => told[0]?.push(data));
  world.settle();
  for (const stream of world.streams) stream.events.onFrame(0, "[1]", undefined);
  world.tabs[1]?.subscribe({ topic: "runs" }, undefined, (data) => told[1]?.push(data));
  world.settle();
  expect(told).toEqual([["[1]"], ["[1]"]]);
});

test("what one stream has no room for is said to be not live, and goes on from where it was when there is room", () => {
  const world = browser(3);
  world.lead(0);
  // The first tab follows 30 things and the second three: one of these is too many.
  for (let n = 0; n < 30; n++) world.subscribe(0, `A${n}`, 0);
  world.settle();
  for (let n = 0; n < 3; n++) world.subscribe(1, `B${n}`, 0);
  world.subscribe(2, "A0", 0);
  world.settle();
  for (const stream of world.streams) stream.events.onState("live");
  world.append(2);
  world.settle();
  expect(world.tabs.map((share) => share.state())).toEqual(["live", "full", "live"]);
  expect(world.seen.filter(({ got }) => got.length === 0).map(({ tab: of }) => of)).toEqual([1]);

  world.seen.splice(7, 1)[0]?.leave();
  world.settle();
  for (const stream of world.streams) stream.events.onState("live");
  world.settle();
  expect(world.tabs.map((share) => share.state())).toEqual(["live", "live", "live"]);
  for (const { after, got } of world.seen) expect(got).toEqual([after + 1, after + 2]);
});

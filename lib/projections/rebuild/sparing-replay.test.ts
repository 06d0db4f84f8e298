import { expect, test } from "vitest";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { notRead } from "@/lib/event-store/spared";
import type { Batch } from "@/lib/subscriptions/read-batch";
import { createSparingReplay } from "./sparing-replay";

const batchOf = (to: bigint, ...types: string[]): Batch => {
  const events = types.map((type) => ({ type }) as RecordedEvent);
  return { events, to, more: true, readAt: "", highWater: 100n };
};

/** A replay whose fold asks for the payloads of `looksAt`, and notes what it is given. */
function replayOf(looksAt: Set<string>) {
  const folded: string[][] = [];
  const ranges: string[] = [];
  const replay = createSparingReplay({
    types: ["A", "B", "C"],
    whole: async (after, upTo) => {
      ranges.push(`${after}-${upTo}`);
      // Half of what is asked for, as a reading whose payloads are large.
      return batchOf(upTo - after > 1n ? after + (upTo - after) / 2n : upTo, "whole");
    },
    fold: async (events, check) => {
      const { asked, spared } = replay.sparing();
      for (const { type } of events) {
        if (!looksAt.has(type)) continue;
        asked.payloads.add(type);
        if (!spared.payloads.includes(type)) continue;
        asked.missed = true;
        if (type !== "C") throw notRead(type);
      }
      check();
      folded.push(events.map(({ type }) => type));
    },
  });
  return { replay, folded, ranges };
}

test("only the payloads of types that have come, and that nobody asked for, are left out", async () => {
  const { replay, ranges } = replayOf(new Set(["A"]));
  expect(replay.sparing().spared).toEqual({ payloads: [], ids: false });
  await replay.fold(batchOf(2n, "A", "B"), 0n);
  expect(replay.sparing().spared).toEqual({ payloads: ["B"], ids: true });
  await replay.fold(batchOf(5n, "C"), 2n);
  expect(replay.sparing().spared).toEqual({ payloads: ["B", "C"], ids: true });
  replay.sparing().asked.ids = true;
  expect(replay.sparing().spared.ids).toBe(false);
  expect(ranges).toEqual([]);
});

test.each(["B", "C"])("a batch that asks for what was left out is read again, all of it, once (%s)", async (type) => {
  const looksAt = new Set<string>();
  const { replay, folded, ranges } = replayOf(looksAt);
  await replay.fold(batchOf(2n, "A", "B", "C"), 0n);
  looksAt.add(type);
  await replay.fold(batchOf(6n, type), 2n);
  expect(ranges).toEqual(["2-6", "4-6", "5-6"]);
  expect(folded).toEqual([["A", "B", "C"], ["whole"], ["whole"], ["whole"]]);
  await replay.fold(batchOf(7n, type), 6n);
  expect(replay.sparing().spared.payloads).not.toContain(type);
  expect(ranges.length).toBe(3);
});

test("what fails of something else fails, and is not tried again", async () => {
  const replay = createSparingReplay({
    types: ["A"],
    whole: () => Promise.reject(new Error("nobody asked")),
    fold: () => Promise.reject(new Error("the fold is wrong")),
  });
  await expect(replay.fold(batchOf(1n, "A"), 0n)).rejects.toThrow("the fold is wrong");
});

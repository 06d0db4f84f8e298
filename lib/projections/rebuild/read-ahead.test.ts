import fc from "fast-check";
import { expect, test } from "vitest";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { createReadAhead } from "./read-ahead";

const log = fc.uniqueArray(fc.bigInt(1n, 60_000n), { maxLength: 400 }).map((all) => all.sort((a, b) => Number(a - b)));

test("every event of the log comes once and in order, whatever a batch holds and where it begins", async () => {
  await fc.assert(
    fc.asyncProperty(log, fc.bigInt(0n, 60_000n), fc.integer({ min: 1, max: 40 }), async (positions, from, most) => {
      const until = 60_000n;
      const read = async (after: bigint, upTo: bigint, limit: number) => {
        const within = positions.filter((position) => position > after && position <= upTo);
        const events = within.slice(0, Math.min(limit, most)).map((position) => ({ position }) as RecordedEvent);
        const to = events.length < within.length ? (events.at(-1)?.position ?? upTo) : upTo;
        return { events, to, more: to < until, readAt: "", highWater: until };
      };
      const ahead = createReadAhead(read, from, until);
      const got: bigint[] = [];
      let to = from;
      for (let batch = await ahead.next(); batch; batch = await ahead.next()) {
        got.push(...batch.events.map(({ position }) => position));
        expect(batch.to).toBeGreaterThan(to);
        to = batch.to;
      }
      expect(to).toBe(until);
      expect(got).toEqual(positions.filter((position) => position > from));
    }),
  );
});

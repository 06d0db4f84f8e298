import fc from "fast-check";
import { expect, test } from "vitest";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { createReadAhead } from "./read-ahead";

const log = fc.uniqueArray(fc.bigInt(1n, 60_000n), { maxLength: 400 }).map((all) => all.sort((a, b) => Number(a - b)));

test("every event of the log comes once and in order, whatever a batch holds, where it begins and which reading fails", async () => {
  await fc.assert(
    fc.asyncProperty(log, fc.bigInt(0n, 60_000n), fc.integer({ min: 1, max: 40 }), async (positions, from, most) => {
      const until = 60_000n;
      let readings = 0;
      const read = async (after: bigint, upTo: bigint, limit: number) => {
        readings += 1;
        if (readings % 5 === 0) throw new Error("the server is away");
        const within = positions.filter((position) => position > after && position <= upTo);
        const events = within.slice(0, Math.min(limit, most)).map((position) => ({ position }) as RecordedEvent);
        const to = events.length < within.length ? (events.at(-1)?.position ?? upTo) : upTo;
        return { events, to, more: to < until, readAt: "", highWater: until };
      };
      const ahead = createReadAhead(read, from, until);
      const got: bigint[] = [];
      let to = from;
      while (to < until) {
        const batch = await ahead.next().catch(() => undefined);
        if (!batch) continue;
        got.push(...batch.events.map(({ position }) => position));
        expect(batch.to).toBeGreaterThan(to);
        to = batch.to;
      }
      expect(await ahead.next()).toBeUndefined();
      expect(to).toBe(until);
      expect(got).toEqual(positions.filter((position) => position > from));
    }),
  );
});

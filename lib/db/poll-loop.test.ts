import { describe, expect, it } from "vitest";
import { createWake, pollLoop } from "@/lib/db/poll-loop";
import { eventually } from "@/lib/testing/eventually";

const loop = { idleMs: 60_000, errorMs: 1, maxErrorMs: 4, onError: () => undefined };

describe("a poll loop", () => {
  it("goes on at once while there is work, rests when there is none, and ends with its signal", async () => {
    const stop = new AbortController();
    let rounds = 0;
    const done = pollLoop({
      ...loop,
      signal: stop.signal,
      work: async () => {
        rounds += 1;
        return rounds < 100;
      },
    });
    await eventually(() => rounds === 100);
    stop.abort();
    await done;
    expect(rounds).toBe(100);
  });

  it("is woken by a hint, also by one that came while it worked", async () => {
    const stop = new AbortController();
    const wake = createWake();
    let rounds = 0;
    const done = pollLoop({
      ...loop,
      signal: stop.signal,
      wake,
      work: async () => {
        rounds += 1;
        if (rounds === 1) wake.wake();
        return false;
      },
    });
    await eventually(() => rounds === 2);
    wake.wake();
    await eventually(() => rounds === 3);
    stop.abort();
    await done;
  });

  it("reports errors, backs off, and never ends by one", async () => {
    const stop = new AbortController();
    const errors: unknown[] = [];
    let rounds = 0;
    await pollLoop({
      ...loop,
      signal: stop.signal,
      onError: (error) => errors.push(error),
      work: async () => {
        rounds += 1;
        if (rounds === 8) stop.abort();
        throw new Error(`round ${rounds}`);
      },
    });
    expect(errors).toHaveLength(7);
  });
});

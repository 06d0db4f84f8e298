import { expect, test } from "vitest";
import { readFrames } from "@/bin/cli/read-frames";

test("whoever leaves is let go at once, also by a body that neither hears of it nor closes", async () => {
  const never = () => new Promise<never>(() => undefined);
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode("id: 1\ndata: one\n\n")),
    pull: never,
    cancel: never,
  });
  const leave = new AbortController();
  const frames = readFrames(new Response(body), { silenceMs: 60_000, signal: leave.signal });
  expect((await frames.next()).value).toEqual({ event: "message", id: "1", data: "one" });
  const next = frames.next();
  leave.abort();
  await expect(next).rejects.toThrow("aborted");
  expect((await frames.next()).done).toBe(true);
});

test("a stream on which nothing comes is given up", async () => {
  const body = new ReadableStream<Uint8Array>();
  const frames = readFrames(new Response(body), { silenceMs: 20, signal: new AbortController().signal });
  await expect(frames.next()).rejects.toThrow("nothing came for 20 ms");
});

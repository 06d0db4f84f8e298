import { expect, test, vi } from "vitest";
import { NotFound, TidemarkError, Unavailable } from "@/lib/kernel/errors";

test("an error that another copy of the class raised is known as one of ours, with its code", async () => {
  vi.resetModules();
  const other = await import("@/lib/kernel/errors");
  expect(other.TidemarkError).not.toBe(TidemarkError);
  const error: unknown = new other.Unavailable("The key store does not answer. Bring it back.");
  expect(error instanceof TidemarkError && error.code).toBe("unavailable");
  expect(error).not.toBeInstanceOf(Unavailable);
});

test("of one copy, each class knows its own and no other, and what is thrown by others is none of ours", () => {
  const error: unknown = new NotFound("stream", "order-1");
  expect(error).toBeInstanceOf(TidemarkError);
  expect(error).toBeInstanceOf(NotFound);
  expect(error).not.toBeInstanceOf(Unavailable);
  for (const foreign of [new Error("x"), { code: "unavailable" }, null, undefined, "unavailable"])
    expect(foreign instanceof TidemarkError).toBe(false);
});

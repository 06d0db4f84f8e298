import { afterEach, expect, test } from "vitest";
import { armFailpoint, failpoint } from "@/lib/kernel/failpoint";

afterEach(() => armFailpoint(undefined));

test("a failpoint does nothing unless it is armed, and fails once, at the time it was told", () => {
  expect(() => failpoint("worker.mid-batch")).not.toThrow();
  armFailpoint({ label: "worker.mid-batch", nth: 2, action: "throw" });
  expect(() => failpoint("worker.after-read")).not.toThrow();
  expect(() => failpoint("worker.mid-batch")).not.toThrow();
  expect(() => failpoint("worker.mid-batch")).toThrow(/worker\.mid-batch/);
  expect(() => failpoint("worker.mid-batch")).not.toThrow();
});

import { expect, test } from "vitest";
import { failedInPlaywright, failedInVitest } from "./failed-tests.mjs";

test("a test that failed, was left out or could not be loaded is named, with why", () => {
  const passed = { status: "passed", fullName: "adds", failureMessages: [] };
  const report = {
    testResults: [
      { name: "/house/lib/a.test.ts", message: "", assertionResults: [passed] },
      {
        name: "/house/lib/b.test.ts",
        message: "",
        assertionResults: [
          passed,
          { status: "failed", fullName: "divides", failureMessages: ["Error: 1 is not 2\n    at b.test.ts:3"] },
          { status: "pending", fullName: "rests", failureMessages: [] },
        ],
      },
      { name: "/house/lib/c.test.ts", message: "Cannot find package", assertionResults: [] },
    ],
  };
  expect(failedInVitest(report)).toEqual([
    "b.test.ts: divides: Error: 1 is not 2 at b.test.ts:3",
    "b.test.ts: rests: pending",
    "c.test.ts: the file: Cannot find package",
  ]);
});

test("a test in the browser that did not pass at once is named, however deep it is", () => {
  const spec = (title: string, status: string, message?: string) => ({
    file: "tour.spec.ts",
    title,
    tests: [{ status, results: [message ? { error: { message } } : {}] }],
  });
  const report = {
    errors: [{ message: "the worker ended" }],
    suites: [
      {
        specs: [spec("opens", "expected")],
        suites: [{ specs: [spec("closes", "unexpected", "it stayed open"), spec("waits", "skipped")] }],
      },
    ],
  };
  expect(failedInPlaywright(report)).toEqual([
    "tour.spec.ts: closes: it stayed open",
    "tour.spec.ts: waits: skipped",
    ": outside of a test: the worker ended",
  ]);
});

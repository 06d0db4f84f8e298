import { expect, test } from "vitest";
import { problemWords, runStatus, runWord } from "./run-state";

test("a run that met problems on its way is not said to have succeeded", () => {
  const run = { kind: "import", state: "succeeded", problems: 0, unit: "lines" } as const;
  expect([runStatus(run), runWord(run), problemWords(run)]).toEqual(["ok", "succeeded", null]);
  const refused = { ...run, problems: 1_200 };
  expect([runStatus(refused), runWord(refused), problemWords(refused)]).toEqual([
    ...["warn", "finished", "1,200 lines refused"],
  ]);
  expect(problemWords({ ...refused, problems: 1, unit: "rows" })).toBe("1 row refused");
  expect(problemWords({ ...refused, kind: "verify", problems: 2, unit: "events" })).toBe("2 problems");
  // What is still at work, or has failed, says so first.
  expect(runStatus({ ...refused, state: "running" })).toBe("run");
  expect(runWord({ ...refused, state: "failed" })).toBe("failed");
});

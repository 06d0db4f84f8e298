import { expect, test } from "vitest";
import { endpoints } from "@/app/api/_endpoints";
import { offeredActs } from "@/app/api/_endpoints/acts";
import { safety } from "@/lib/operations/safety";

test("every act that is offered has a level of safety, and nothing has one that is not offered", () => {
  const offered = offeredActs(endpoints, "open").map(({ name }) => name);
  expect([...offered].sort()).toEqual(Object.keys(safety).sort());
});

test("what nobody can take back is told to the audit or stands in the log with its actor", () => {
  const silent = offeredActs(endpoints, "open").filter(({ level, audited }) => level === "S3" && !audited);
  expect(silent.map(({ name }) => name).sort()).toEqual(["append-events", "import-events", "send-command"]);
});

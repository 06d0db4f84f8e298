import { expect, test } from "vitest";
import { checkNotices } from "@/lib/testing/check-notices";
import type { Arrived } from "@/lib/testing/notice-receiver";

const rows = [
  { message: "msg_1", alert: "7", to: "firing", kind: "webhook", state: "sent" },
  { message: "msg_2", alert: "7", to: "resolved", kind: "webhook", state: "sent" },
  { message: "msg_3", alert: "7", to: "firing", kind: "slack", state: "sent" },
  { message: "msg_4", alert: "7", to: "resolved", kind: "slack", state: "unknown" },
];
const hook = (id: string, body = "b"): Arrived => ({ kind: "webhook", id, body });
const said = (step: string): Arrived => ({ kind: "slack", step });
const good = [hook("msg_1"), hook("msg_1"), said("7 firing"), hook("msg_2")];
const found = (arrived: readonly Arrived[], noted = rows) =>
  checkNotices({ query: () => Promise.resolve({ rows: noted }) } as never, arrived);

test("repetitions under one id, and one of which nobody knows whether it arrived, are as they should be", async () => {
  expect(await found(good)).toEqual([]);
  expect(await found([...good, said("7 resolved")])).toEqual([]);
});

test.each([
  ["people told twice", [...good, said("7 firing")], /told 2 times of 7 firing, not 1 to 1/],
  ["people told of nothing that is noted", [...good, said("8 firing")], /told 1 times of 8 firing, not 0 to 0/],
  ["what is noted as sent never arrived", good.slice(0, 3), /msg_2 is noted as sent and never arrived/],
  ["an end before its beginning", [hook("msg_2"), hook("msg_1"), said("7 firing")], /msg_1 arrived after/],
  ["two bodies under one id", [...good, hook("msg_2", "other")], /msg_2 arrived with two bodies/],
  ["what nobody had written", [...good, hook("msg_9")], /msg_9 arrived, and nobody had written it/],
])("the check finds %s", async (_, arrived, words) => {
  expect((await found(arrived)).join()).toMatch(words);
});

test("the check finds a webhook's notice that was given up", async () => {
  const given = rows.map((row) => (row.message === "msg_2" ? { ...row, state: "failed" } : row));
  expect((await found(good, given)).join()).toMatch(/msg_2 ended as failed/);
});

import { expect, test } from "vitest";
import { type ProjectionFacts, pace, projectionState } from "@/lib/queries/projection-state";

const healthy: ProjectionFacts = {
  mode: "async",
  switchedTo: "running",
  switchedBy: null,
  switchReason: null,
  lag: { known: true, ageMs: 0, events: 0, more: false },
  sloMs: 5_000,
  leastAgeMs: 0,
  checkpointAgeMs: 100,
  parked: { waiting: 0, retrying: 0 },
  failure: null,
};
const behind = (ageMs: number) => ({ known: true, ageMs, events: 9, more: false }) as const;

test.each([
  ["live", {}],
  ["live", { lag: behind(9_000), leastAgeMs: 2_000 }],
  ["lagging", { lag: behind(9_000), leastAgeMs: 6_000 }],
  ["lagging", { lag: behind(90_000), leastAgeMs: 60_000, checkpointAgeMs: 500 }],
  ["stalled", { lag: behind(90_000), leastAgeMs: 60_000, checkpointAgeMs: 61_000 }],
  ["live", { checkpointAgeMs: 600_000 }],
  ["faulted", { failure: { message: "no", attempts: 3 } }],
  ["paused", { switchedTo: "paused", failure: { message: "no", attempts: 3 } }],
  ["faulted", { switchedTo: "paused", switchedBy: "breaker", switchReason: "12 of the last 20 events failed" }],
  ["parked", { parked: { waiting: 1, retrying: 0 } }],
  ["live", { parked: { waiting: 0, retrying: 1 } }],
  ["lagging", { parked: { waiting: 1, retrying: 0 }, lag: behind(9_000), leastAgeMs: 6_000 }],
  ["unknown", { lag: { known: false, since: null, reason: "worker-missing" } }],
  ["inline", { mode: "inline", lag: { known: false, since: null, reason: "never-started" } }],
] as const)("a projection is %s by its one rule", (state, facts) => {
  expect(projectionState({ ...healthy, ...facts }).state).toBe(state);
});

test("what is stalled says for how long it has stood still", () => {
  const reasonAfter = (checkpointAgeMs: number) =>
    projectionState({ ...healthy, lag: behind(900_000), checkpointAgeMs }).reason;
  expect(reasonAfter(75_900)).toBe("behind, and no checkpoint has moved for 75 s");
  expect(reasonAfter(255_000)).toBe("behind, and no checkpoint has moved for 4 min");
});

test("a catch-up time is only given while the distance shrinks", () => {
  expect(pace({ behind: 600, behindBefore: 1_200, handled: 1_200, seconds: 60 })).toEqual({
    rateIn: 10,
    rateOut: 20,
    trend: "catching up",
    catchUpSeconds: 60,
  });
  expect(pace({ behind: 1_200, behindBefore: 600, handled: 600, seconds: 60 })).toMatchObject({
    rateIn: 20,
    trend: "falling behind",
    catchUpSeconds: "never",
  });
  expect(pace({ behind: 0, behindBefore: 0, handled: 600, seconds: 60 })).toMatchObject({
    trend: "steady",
    catchUpSeconds: null,
  });
  expect(pace({ behind: null, behindBefore: 3, handled: 0, seconds: 60 })).toMatchObject({ rateIn: null, trend: null });
});

import { expect, test } from "vitest";
import { PhaseLog } from "./phase-log";

const ORDER = ["prepare", "replay", "verify", "swap"];

test("each phase begins and ends once, those that are passed over are not told of, and the last ends with the run", () => {
  const log = new PhaseLog(ORDER);
  log.enter("prepare");
  log.enter("replay");
  log.enter("swap");
  log.finish();
  expect(log.take()).toEqual([
    ...["phase prepare", "phase prepare ended", "phase replay", "phase replay ended", "phase swap", "phase swap ended"],
  ]);
  expect(log.take()).toEqual([]);
});

test("a run that is taken up again says nothing twice, ends what nobody could end, and ends nothing by going back", () => {
  const log = new PhaseLog(ORDER, ["phase prepare", "phase prepare ended", "phase replay", "phase verify"]);
  for (const phase of ["verify", "replay", "verify"]) log.enter(phase);
  expect(log.take()).toEqual(["phase replay ended"]);
  log.enter("replay");
  log.enter("swap");
  expect(log.take()).toEqual(["phase verify ended", "phase swap"]);
});

test("lines that could not be written come before those that came after them", () => {
  const log = new PhaseLog(ORDER);
  log.enter("prepare");
  const taken = log.take();
  log.enter("replay");
  log.putBack(taken);
  expect(log.take()).toEqual(["phase prepare", "phase prepare ended", "phase replay"]);
});

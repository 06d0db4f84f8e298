import { expect, test } from "vitest";
import { whyNever } from "./catch-up";

const stand = (least: number, mark: number) => ({ least: BigInt(least), mark: BigInt(mark) });

test("a generation that the log outruns is said not to catch up, with both rates; one that gains on it is not", () => {
  expect(whyNever(stand(0, 1_000), stand(500, 2_000), 5)).toBe(
    "will not catch up at this pace: it follows 100 positions a second, the log grows by 200",
  );
  expect(whyNever(stand(0, 1_000), stand(0, 1_000), 5)).toBe("will not catch up: no worker follows it");
  expect(whyNever(stand(0, 1_000), stand(900, 1_500), 5)).toBeNull();
  expect(whyNever(stand(900, 1_000), stand(1_500, 1_500), 5)).toBeNull();
});

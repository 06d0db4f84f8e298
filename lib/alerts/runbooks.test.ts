import path from "node:path";
import { expect, test } from "vitest";
import { ruleNames } from "./rules";
import { runbookPage } from "./runbooks";

test("each rule has a page in docs/runbooks that says what the console says", async () => {
  for (const rule of ruleNames) {
    await expect(runbookPage(rule)).toMatchFileSnapshot(path.resolve(`docs/runbooks/${rule}.md`));
  }
});

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { openJournal, readJournalState, readOperations } from "@/lib/testing/proof/journal";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-journal-"));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

test("a try that a killed writer did not see the end of stays unknown, also when its next life was answered", () => {
  const file = path.join(folder, "writer.jsonl");
  const first = openJournal(file);
  first.sent(7, [["s-1", "any", 2]], 100);
  first.close();
  expect([...readJournalState(file, 1).open.keys()]).toEqual([7]);
  const second = openJournal(file);
  second.sent(7, [["s-1", "any", 2]], 200);
  second.ended(7, true, 200, 210, []);
  second.imported(8, 2, "i-", false, 300);
  second.close();
  expect(readJournalState(file, 1)).toMatchObject({ open: new Map(), nextAppend: 10 });
  const tries = readOperations(file, "writer").map(
    (one) => one.kind === "append" && [one.append, one.outcome, one.start],
  );
  expect(tries).toEqual([
    [7, "ok", 200],
    [8, "info", 300],
    [9, "info", 300],
    [7, "info", 100],
  ]);
});

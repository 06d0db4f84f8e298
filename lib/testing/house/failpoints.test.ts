import { expect, test } from "vitest";
import { failpoints } from "@/lib/kernel/failpoint";
import { isCode, isTest, sourceFiles } from "./source-files";

const CALL = /\bfailpoint\("([^"]+)"\)/g;

test("every failpoint of the registry is a step of the product, and every step is in the registry", () => {
  const called = sourceFiles()
    .filter((file) => isCode(file.path) && !isTest(file.path))
    .flatMap((file) => [...file.text.matchAll(CALL)].map(([, label]) => label));
  expect([...new Set(called)].sort()).toEqual([...failpoints].sort());
});

import { describe, expect, test } from "vitest";
import { report, sourceFiles, trackedPaths } from "./source-files";
import {
  badNames,
  bareRoutes,
  deadPaths,
  leftOvers,
  saidTwice,
  tooLong,
  undocumented,
  wordsToAvoid,
  wrongWords,
} from "./tidy";

const file = (path: string, text: string) => [{ path, text }];
const lines = (count: number, header = "") => `${header}\n${"x\n".repeat(count - 1)}`;

describe("each rule sees what it is for", () => {
  test("length: 500 lines at most, a reason above 300", () => {
    expect(tooLong(file("lib/a.ts", lines(501, "// Long because it is.")))).toHaveLength(1);
    expect(tooLong(file("lib/a.ts", lines(301)))).toHaveLength(1);
    expect(tooLong(file("lib/a.ts", lines(301, "// Long because the steps are one story.")))).toEqual([]);
    expect(tooLong(file("lib/a.ts", lines(300)))).toEqual([]);
  });

  test("names: no drawers, kebab case", () => {
    expect(badNames(["lib/utils.ts"])).toHaveLength(1);
    expect(badNames(["lib/db/types.ts"])).toHaveLength(1);
    expect(badNames(["lib/common/pool.ts"])).toHaveLength(1);
    expect(badNames(["app/_helpers/x.ts"])).toHaveLength(1);
    expect(badNames(["lib/db/openPool.ts"])).toHaveLength(1);
    expect(badNames(["lib/db/pool.ts", "app/[store]/page.tsx", "app/_ui/time-cell.client.tsx", "README.md"])).toEqual(
      [],
    );
  });

  test("left-overs: notes to self, skipped tests, silenced types", () => {
    for (const marker of ["// TO" + "DO later", "test.sk" + "ip('x')", "x as a" + "ny", "// @ts-" + "ignore"]) {
      expect(leftOvers(file("lib/a.ts", marker))).toHaveLength(1);
    }
    expect(leftOvers(file("lib/a.ts", "const company = as; skip(); only();"))).toEqual([]);
  });

  test("words: exported names keep to the glossary", () => {
    const avoid = wordsToAvoid("| use | avoid |\n|---|---|\n| position | `offset`, `lastSeen` |");
    expect(avoid).toEqual(["offset", "last seen"]);
    expect(wrongWords(file("lib/a.ts", "export function readOffset() {}"), avoid)).toHaveLength(1);
    expect(wrongWords(file("lib/a.ts", "export const lastSeenAt = 1;"), avoid)).toHaveLength(1);
    expect(wrongWords(file("lib/a.ts", "const offset = 1;\nexport const lastPosition = offset;"), avoid)).toEqual([]);
  });

  test("docstrings: exported parts of lib say what they promise", () => {
    expect(undocumented(file("lib/a.ts", "export function a() {}"))).toHaveLength(1);
    expect(undocumented(file("lib/a.ts", "export type A = 1;"))).toHaveLength(1);
    expect(undocumented(file("lib/a.ts", "/** Adds. */\nexport function a() {}"))).toEqual([]);
    expect(undocumented(file("lib/a.ts", "/** Adds. */\n// biome-ignore x: y\nexport async function a() {}"))).toEqual(
      [],
    );
  });

  test("prose: paths that are mentioned exist", () => {
    const paths = ["docs/a.md", "lib/db/pool.ts"];
    expect(deadPaths(file("docs/a.md", "see `lib/db/gone.ts`"), paths)).toHaveLength(1);
    expect(deadPaths(file("docs/a.md", "see [b](b.md)"), paths)).toHaveLength(1);
    expect(
      deadPaths(
        file("docs/a.md", "see `lib/db/pool.ts`, `lib/db`, [up](../lib/db/pool.ts), [web](https://x.org)"),
        paths,
      ),
    ).toEqual([]);
  });

  test("prose: no row of a table stands twice", () => {
    const row = `| ${"what happens and what it does".padEnd(60)} |`;
    expect(saidTwice(file("docs/a.md", `${row}\n| more |\n${row}`))).toHaveLength(1);
    expect(saidTwice(file("docs/a.md", `${row}\n|${"-".repeat(62)}|\n| more |\n|${"-".repeat(62)}|`))).toEqual([]);
  });

  test("routes: each goes through the adaptor", () => {
    const through = 'import { route } from "@/app/_lib/route";\n';
    expect(bareRoutes(file("app/api/v1/health/route.ts", "export const GET = () => new Response();"))).toHaveLength(1);
    expect(bareRoutes(file("app/api/x/route.ts", `${through}export async function POST() {}`))).toHaveLength(1);
    expect(bareRoutes(file("app/[store]/actions.ts", '"use server";\nexport async function stop() {}'))).toHaveLength(
      1,
    );
    expect(bareRoutes(file("app/api/x/route.ts", `${through}export const GET = route({});`))).toEqual([]);
  });
});

describe("the tree is tidy", () => {
  const files = sourceFiles();
  const paths = trackedPaths();
  const glossary = files.find((found) => found.path === "docs/glossary.md")?.text ?? "";

  test("the checks look at the whole tree", () => {
    expect(files.length).toBeGreaterThan(50);
    expect(wordsToAvoid(glossary)).toContain("offset");
  });

  test.each([
    ["no file is too long", () => tooLong(files)],
    ["names say what is inside", () => badNames(paths)],
    ["nothing is left over", () => leftOvers(files)],
    ["exported names keep to the glossary", () => wrongWords(files, wordsToAvoid(glossary))],
    ["every exported part of lib has a docstring", () => undocumented(files)],
    ["prose mentions only what exists", () => deadPaths(files, paths)],
    ["prose says nothing twice", () => saidTwice(files)],
    ["every route and server action goes through the adaptor", () => bareRoutes(files)],
  ])("%s", (_rule, check) => {
    expect(report(check())).toEqual([]);
  });
});

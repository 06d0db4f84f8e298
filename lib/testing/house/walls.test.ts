import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  clientValues,
  domainEscapes,
  hiddenEnvironment,
  importsOf,
  lawlessRooms,
  relativeEscapes,
  unmarkedClients,
} from "./imports";
import { report, root, sourceFiles } from "./source-files";

const env = "process" + ".env";

/** One forbidden line a wall: [file it is planted in, the line, the lint rule that must object]. */
const planted: readonly (readonly [wall: string, file: string, line: string, rule: string])[] = [
  ["lib imports app", "lib/db/a.ts", 'import "@/app/_lib/urls";', "noRestrictedImports"],
  ["lib imports workers", "lib/db/b.ts", 'import "@/workers/worker";', "noRestrictedImports"],
  ["lib imports bin", "lib/runtime/c.ts", 'import "@/bin/cli";', "noRestrictedImports"],
  ["lib reaches app by a relative path", "lib/db/d.ts", 'import "../../app/_lib/urls";', "noRestrictedImports"],
  ["app imports workers", "app/a.ts", 'import "@/workers/worker";', "noRestrictedImports"],
  ["workers import app", "workers/a.ts", 'import "@/app/_lib/urls";', "noRestrictedImports"],
  ["an engine module imports a domain", "lib/commands/a.ts", 'import "@/lib/domain/index";', "noRestrictedImports"],
  ["app imports a domain", "app/b.ts", 'import "@/lib/domain/index";', "noRestrictedImports"],
  ["a domain imports the engine", "lib/domain/orders/a.ts", 'import "@/lib/event-store/store";', "noRestrictedImports"],
  [
    "a domain imports another",
    "lib/domain/orders/b.ts",
    'import "@/lib/domain/inventory/events";',
    "noRestrictedImports",
  ],
  [
    "a process imports more of a domain than its events",
    "lib/domain/fulfilment/a.ts",
    'import "@/lib/domain/orders/decider";',
    "noRestrictedImports",
  ],
  ["processes import queries", "lib/processes/a.ts", 'import "@/lib/queries/lag";', "noRestrictedImports"],
  ["the kernel imports the engine", "lib/kernel/a.ts", 'import "@/lib/db/pool";', "noRestrictedImports"],
  [
    "the kernel takes a type of the engine",
    "lib/kernel/b.ts",
    'export type { A } from "@/lib/db/pool";',
    "noRestrictedImports",
  ],
  [
    "the store of telemetry imports what it tells of",
    "lib/telemetry-store/a.ts",
    'import "@/lib/event-store/store";',
    "noRestrictedImports",
  ],
  ["define imports the engine", "lib/define.ts", 'import "@/lib/kernel/ids";', "noRestrictedImports"],
  [
    "the store imports what stands on it",
    "lib/event-store/a.ts",
    'import "@/lib/subscriptions/lag";',
    "noRestrictedImports",
  ],
  [
    "subscriptions import projections",
    "lib/subscriptions/a.ts",
    'import "@/lib/projections/registry";',
    "noRestrictedImports",
  ],
  ["alerts import the pages' reads", "lib/alerts/a.ts", 'import "@/lib/queries/overview";', "noRestrictedImports"],
  ["runs import what they carry out", "lib/runs/a.ts", 'import "@/lib/projections/registry";', "noRestrictedImports"],
  [
    "the Merkle log imports the pages' reads",
    "lib/integrity/a.ts",
    'import "@/lib/queries/overview";',
    "noRestrictedImports",
  ],
  ["the key store imports the events", "lib/keys/a.ts", 'import "@/lib/event-store/store";', "noRestrictedImports"],
  [
    "privacy imports the log that it seals for",
    "lib/privacy/a.ts",
    'import "@/lib/event-store/store";',
    "noRestrictedImports",
  ],
  ["a shred imports what begins it", "lib/shred/a.ts", 'import "@/lib/operations/audit";', "noRestrictedImports"],
  ["privacy takes a database client", "lib/privacy/b.ts", 'import "pg";', "noRestrictedImports"],
  ["queries import operations", "lib/queries/a.ts", 'import "@/lib/operations/pause";', "noRestrictedImports"],
  ["an export imports what begins it", "lib/export/a.ts", 'import "@/lib/operations/audit";', "noRestrictedImports"],
  ["the kernel imports pg", "lib/kernel/c.ts", 'import "pg";', "noRestrictedImports"],
  ["the catalog imports drizzle", "lib/catalog/a.ts", 'import "drizzle-orm/pg-core";', "noRestrictedImports"],
  ["fixtures take a database client", "lib/fixtures/a.ts", 'import "pg";', "noRestrictedImports"],
  ["snapshots import what loads them", "lib/snapshots/a.ts", 'import "@/lib/commands/handle";', "noRestrictedImports"],
  ["commands import pg", "lib/commands/b.ts", 'import type { Pool } from "pg";', "noRestrictedImports"],
  ["live imports pg", "lib/live/a.ts", 'import "pg";', "noRestrictedImports"],
  ["a decider imports pg", "lib/domain/orders/decider.ts", 'import "pg";', "noRestrictedImports"],
  ["a page reaches the runtime past its door", "app/c.ts", 'import "@/lib/runtime/tidemark";', "noRestrictedImports"],
  ["a page links past the one link", "app/h.tsx", 'import "next/link";', "noRestrictedImports"],
  ["a page holds a database client", "app/d.ts", 'import "pg";', "noRestrictedImports"],
  ["the store imports lib/testing", "lib/event-store/b.ts", 'import "@/lib/testing/database";', "noRestrictedImports"],
  ["app imports lib/testing", "app/e.ts", 'import "@/lib/testing/database";', "noRestrictedImports"],
  ["workers import lib/testing", "workers/b.ts", 'import "@/lib/testing/database";', "noRestrictedImports"],
  ["the runtime imports lib/testing", "lib/runtime/d.ts", 'import "@/lib/testing/database";', "noRestrictedImports"],
  ["app imports a test", "app/f.ts", 'import "@/lib/db/pool.test";', "noRestrictedImports"],
  ["the CLI imports the engine", "bin/a.ts", 'import "@/lib/db/pool";', "noRestrictedImports"],
  ["an engine module reads the environment", "lib/db/e.ts", `export const x = ${env}.HOME;`, "noProcessEnv"],
  ["a page reads the environment", "app/g.ts", `export const { HOME } = ${env};`, "noProcessEnv"],
  ["a worker reads the environment", "workers/c.ts", `export const x = ${env}["HOME"];`, "noProcessEnv"],
  [
    "two files import each other",
    "lib/db/ring-a.ts",
    'import { b } from "./ring-b";\nexport const a = () => b;',
    "noImportCycles",
  ],
];

const clean: readonly (readonly [file: string, text: string])[] = [
  ["lib/db/ring-b.ts", 'import { a } from "./ring-a";\nexport const b = () => a;\n'],
  ["lib/kernel/clean.ts", 'import "@/lib/kernel/ids";\nimport "./ids";\n'],
  [
    "lib/commands/clean.ts",
    'import "@/lib/event-store/store";\nimport "@/lib/catalog/catalog";\nimport "@/lib/define";\n',
  ],
  ["lib/domain/orders/projections/clean.ts", 'import "@/lib/define";\nimport "../events";\nimport "zod";\n'],
  ["lib/runtime/config.ts", `import "@/lib/domain/index";\nexport const x = ${env}.HOME;\n`],
  ["lib/queries/clean.ts", 'import "@/lib/projections/registry";\nimport "pg";\n'],
  ["app/_lib/tidemark.ts", 'import "@/lib/runtime/tidemark";\n'],
  ["app/clean.ts", 'import "@/lib/queries/overview";\nimport "@/app/_lib/tidemark";\n'],
  ["workers/clean.ts", 'import "@/lib/runtime/tidemark";\n'],
  ["bin/clean.ts", 'import "@/lib/kernel/errors";\nimport "./cli";\n'],
  ["lib/commands/clean.pg.test.ts", `import "pg";\nimport "@/lib/testing/database";\nexport const x = ${env}.HOME;\n`],
];

type Diagnostic = { readonly category: string; readonly location: { readonly path: string | { file: string } } };

describe("the walls of biome.json", () => {
  let folder: string;
  let objections: readonly { readonly file: string; readonly rule: string }[];

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "tidemark-walls-"));
    const config = JSON.parse(readFileSync(path.join(root, "biome.json"), "utf8"));
    const { noProcessEnv } = config.linter.rules.style;
    const { noImportCycles } = config.linter.rules.suspicious;
    config.linter.rules = { preset: "none", style: { noProcessEnv }, suspicious: { noImportCycles } };
    writeFileSync(path.join(folder, "biome.json"), JSON.stringify({ ...config, vcs: { enabled: false } }));
    cpSync(path.join(root, "tsconfig.json"), path.join(folder, "tsconfig.json"));
    for (const [file, text] of [...planted.map(([, file, line]) => [file, `${line}\n`] as const), ...clean]) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), text);
    }
    objections = lint(folder);
  }, 60_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(planted)("refuse that %s", (_wall, file, _line, rule) => {
    expect(objections.filter((found) => found.file === file).map((found) => found.rule)).toContain(rule);
  });

  test("let through what the arrows allow", () => {
    const innocent = clean.map(([file]) => file).filter((file) => !file.includes("ring-"));
    expect(objections.filter((found) => innocent.includes(found.file))).toEqual([]);
  });
});

/** Runs Biome's linter over a folder and returns the rule of each error by file. */
function lint(folder: string): readonly { file: string; rule: string }[] {
  const biome = path.join(root, "node_modules/@biomejs/biome/bin/biome");
  let output: string;
  try {
    const args = [biome, "lint", "--reporter=json", "--max-diagnostics=none", "."];
    output = execFileSync(process.execPath, args, {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch (error) {
    output = String((error as { stdout: unknown }).stdout);
  }
  const { diagnostics } = JSON.parse(output) as { diagnostics: readonly Diagnostic[] };
  return diagnostics.map(({ category, location }) => ({
    file: typeof location.path === "string" ? location.path : location.path.file,
    rule: category.split("/").at(-1) ?? "",
  }));
}

describe("the walls that need more than a specifier", () => {
  const file = (at: string, text: string) => [{ path: at, text }];

  test("imports are told apart by value and type", () => {
    const text = [
      'import { a, type B } from "one";',
      'import type { C } from "two";',
      'import { type D, type E } from "three";',
      'export * from "four";',
      'import "five";',
      'const six = await import("six");',
      'import seven, {\n  type F,\n} from "seven";',
    ].join("\n");
    expect(
      importsOf(text)
        .map(({ specifier, value }) => `${specifier} ${value ? "value" : "type"}`)
        .sort(),
    ).toEqual(["five value", "four value", "one value", "seven value", "six value", "three type", "two type"]);
  });

  test("a relative import out of its room is found", () => {
    expect(relativeEscapes(file("app/x.ts", 'import "../lib/testing/database";'))).toHaveLength(1);
    expect(relativeEscapes(file("lib/domain/orders/x.ts", 'import "../inventory/events";'))).toHaveLength(1);
    expect(relativeEscapes(file("lib/domain/index.ts", 'import "./inventory/module";'))).toEqual([]);
    expect(relativeEscapes(file("app/[store]/events/page.tsx", 'import "../../_ui/table";'))).toEqual([]);
  });

  test("a domain that imports another, or a package, is found", () => {
    expect(domainEscapes(file("lib/domain/orders/x.ts", 'import { y } from "../inventory/events";'))).toHaveLength(1);
    expect(domainEscapes(file("lib/domain/orders/x.ts", 'import pg from "pg";'))).toHaveLength(1);
    expect(domainEscapes(file("lib/domain/orders/projections/x.ts", 'import { y } from "../events";'))).toEqual([]);
    expect(domainEscapes(file("lib/domain/index.ts", 'import { orders } from "./orders/module";'))).toEqual([]);
  });

  test("a client component that takes an engine value is found, a type is not", () => {
    expect(clientValues(file("app/a.client.tsx", 'import { list } from "@/lib/queries/list-events";'))).toHaveLength(1);
    expect(clientValues(file("app/a.client.tsx", 'import type { Row } from "@/lib/queries/list-events";'))).toEqual([]);
    expect(clientValues(file("app/a.client.tsx", 'import { limits } from "@/lib/kernel/limits";'))).toEqual([]);
  });

  test("a client component without its suffix is found", () => {
    expect(unmarkedClients(file("app/a.tsx", '"use client";\n'))).toHaveLength(1);
    expect(unmarkedClients(file("app/error.tsx", '"use client";\n'))).toEqual([]);
  });

  test("the environment read through the back door is found", () => {
    expect(hiddenEnvironment(file("lib/db/x.ts", 'import { env } from "node:process";'))).toHaveLength(1);
    expect(hiddenEnvironment(file("lib/runtime/config.ts", 'import { env } from "node:process";'))).toEqual([]);
  });

  test("a room without arrows is found", () => {
    expect(lawlessRooms(file("lib/new-room/x.ts", ""), '"lib/db/**"')).toHaveLength(1);
    expect(lawlessRooms(file("lib/db/x.ts", ""), '"lib/db/**"')).toEqual([]);
  });

  test("the tree keeps all of them", () => {
    const files = sourceFiles();
    const checks = [relativeEscapes, domainEscapes, clientValues, unmarkedClients, hiddenEnvironment];
    const biome = files.find((found) => found.path === "biome.json")?.text ?? "";
    expect(report([...checks.flatMap((check) => check(files)), ...lawlessRooms(files, biome)])).toEqual([]);
  });
});

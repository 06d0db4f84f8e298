/** Rules over the text of the tree. Each is a pure function from files to findings, so that each can be seen to fail. */
import { type Finding, isCode, isTest, type SourceFile } from "./source-files";

/** A file above this many lines is refused. */
const HARD_LINES = 500;
/** A file above this many lines says in its header why it is one idea all the same. */
const SOFT_LINES = 300;

// Written by a program and read as a diff; their length is the schema's and the walls'.
const GENERATED = new Set(["drizzle/schema.golden.sql", "drizzle/keys/schema.golden.sql"]);
const BANNED_NAMES = new Set([
  "utils",
  "util",
  "helpers",
  "helper",
  "common",
  "misc",
  "manager",
  "types",
  "service",
  "services",
]);
const HTTP_VERBS = "GET|POST|PUT|PATCH|DELETE";

/** Files that are too long, or long without `Long because …` in their first twenty lines. */
export function tooLong(files: readonly SourceFile[]): readonly Finding[] {
  return files
    .filter((file) => /\.(tsx?|mjs|cjs|js|sql|css)$/.test(file.path) && !GENERATED.has(file.path))
    .flatMap((file) => {
      const lines = file.text.split("\n");
      const count = lines.at(-1) === "" ? lines.length - 1 : lines.length;
      const reason = lines.slice(0, 20).join("\n").includes("Long because");
      if (count > HARD_LINES) return [{ path: file.path, says: `has ${count} lines; the limit is ${HARD_LINES}` }];
      if (count > SOFT_LINES && !reason) {
        return [{ path: file.path, says: `has ${count} lines; split it, or say “Long because …” in its header` }];
      }
      return [];
    });
}

/** Files and folders whose name says nothing about what is in them, and names that are not in kebab case. */
export function badNames(paths: readonly string[]): readonly Finding[] {
  return paths.flatMap((file) => {
    const parts = file.split("/").map((part) => part.replace(/^_/, "").replace(/(\.\w+)+$/, ""));
    const banned = parts.find((part) => BANNED_NAMES.has(part.toLowerCase()));
    if (banned !== undefined) return [{ path: file, says: `“${banned}” names no idea; name it for its main export` }];
    const name = file.split("/").at(-1) ?? "";
    if (isCode(file) && /[A-Z_\s]/.test(name.replace(/^_/, ""))) return [{ path: file, says: "is not in kebab case" }];
    return [];
  });
}

// Put together here, so that the list of left-overs is not itself a left-over.
const MARKERS = [
  "TO" + "DO",
  "FIX" + "ME",
  "X" + "XX",
  ".sk" + "ip(",
  ".on" + "ly(",
  "@ts-" + "ignore",
  "as a" + "ny",
  "it.to" + "do",
];

/** Notes to self, skipped tests and silenced types. */
export function leftOvers(files: readonly SourceFile[]): readonly Finding[] {
  return files
    .filter((file) => isCode(file.path) || /\.(sql|css|md)$/.test(file.path))
    .flatMap((file) =>
      file.text.split("\n").flatMap((line, index) =>
        MARKERS.filter((marker) => contains(line, marker)).map((marker) => ({
          path: `${file.path}:${index + 1}`,
          says: `“${marker}” is left over; finish it or open an issue`,
        })),
      ),
    );
}

function contains(line: string, marker: string): boolean {
  if (!/^\w/.test(marker)) return line.includes(marker);
  return new RegExp(`\\b${marker.replace(/[.()]/g, "\\$&")}\\b`).test(line);
}

/** The words of the glossary's avoid column, lower case, camel case split away. */
export function wordsToAvoid(glossary: string): readonly string[] {
  const rows = glossary.split("\n").filter((line) => /^\|.*\|.*\|$/.test(line));
  return rows.flatMap((row) =>
    [...(row.split("|")[2] ?? "").matchAll(/`(\w+)`/g)].map(([, word]) => split(word ?? "")),
  );
}

/** Exported names that use a word the glossary leaves. */
export function wrongWords(files: readonly SourceFile[], avoid: readonly string[]): readonly Finding[] {
  return exportsOf(files.filter((file) => isCode(file.path) && !isTest(file.path))).flatMap(({ path, name }) =>
    avoid
      .filter((word) => ` ${split(name)} `.includes(` ${word} `))
      .map((word) => ({ path, says: `exports ${name}; the glossary has another word for “${word}”` })),
  );
}

function split(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/_/g, " ")
    .toLowerCase();
}

const EXPORT =
  /^export\s+(?:default\s+)?(?:abstract\s+)?(?:async\s+)?(?:function\*?|class|type|interface|const|let|enum)\s+(\w+)/;

function exportsOf(
  files: readonly SourceFile[],
): readonly { path: string; name: string; line: number; lines: readonly string[] }[] {
  return files.flatMap((file) => {
    const lines = file.text.split("\n");
    return lines.flatMap((line, index) => {
      const name = line.match(EXPORT)?.[1];
      return name === undefined ? [] : [{ path: file.path, name, line: index, lines }];
    });
  });
}

/** Exported functions, classes and types of lib that do not say what they promise. */
export function undocumented(files: readonly SourceFile[]): readonly Finding[] {
  const engine = files.filter((file) => /^lib\/.*\.tsx?$/.test(file.path) && !/\.test\.tsx?$/.test(file.path));
  return exportsOf(engine).flatMap(({ path, name, line, lines }) => {
    let above = line - 1;
    while (above >= 0 && /^\s*\/\//.test(lines[above] ?? "")) above -= 1;
    return (lines[above] ?? "").trimEnd().endsWith("*/")
      ? []
      : [{ path: `${path}:${line + 1}`, says: `${name} has no docstring` }];
  });
}

const PATH_IN_DOCS =
  /`((?:app|lib|workers|bin|bench|docs|scripts|drizzle|e2e|public|\.ci)\/[\w@.[\]/-]*|[\w-]+\.(?:ts|tsx|mjs|js|json|md|sql))`|\]\(([^)\s#]+)(?:#[^)]*)?\)/g;

/** Paths that prose mentions and the tree does not have. Patterns with `…`, `<` or `*` are not paths. */
export function deadPaths(files: readonly SourceFile[], paths: readonly string[]): readonly Finding[] {
  const known = new Set(
    paths.flatMap((file) => file.split("/").map((_, index, parts) => parts.slice(0, index + 1).join("/"))),
  );
  const names = new Set(paths.map((file) => file.split("/").at(-1)));
  return files
    .filter((file) => file.path.endsWith(".md"))
    .flatMap((file) =>
      [...file.text.matchAll(PATH_IN_DOCS)].flatMap(([, quoted, link]) => {
        if (link !== undefined && /^\w+:/.test(link)) return [];
        const folder = file.path.split("/").slice(0, -1);
        const target = quoted ?? normalise([...folder, ...(link ?? "").split("/")]);
        const trimmed = target.replace(/\/$/, "");
        const exists = known.has(trimmed) || (!trimmed.includes("/") && names.has(trimmed));
        return exists ? [] : [{ path: file.path, says: `mentions ${target}, which is not in the tree` }];
      }),
    );
}

/** Rows and list items that stand twice in one document, as a merge leaves them that takes both sides. */
export function saidTwice(files: readonly SourceFile[]): readonly Finding[] {
  return files
    .filter((file) => file.path.endsWith(".md"))
    .flatMap(({ path, text }) => {
      const said = text
        .split("\n")
        .filter((line) => /^(?:\| |- )/.test(line) && line.length > 60 && /[^-|: ]/.test(line));
      const twice = said.filter((line, index) => said.indexOf(line) < index);
      return twice.map((line) => ({ path, says: `says twice: ${line.slice(0, 60)}` }));
    });
}

function normalise(parts: readonly string[]): string {
  const kept: string[] = [];
  for (const part of parts) {
    if (part === "..") kept.pop();
    else if (part !== "." && part !== "") kept.push(part);
  }
  return kept.join("/");
}

/** API routes and server actions that answer without the adaptor, which is what authenticates, parses and maps errors. */
export function bareRoutes(files: readonly SourceFile[]): readonly Finding[] {
  const routes = files.filter((file) => /^app\/.*\/route\.tsx?$/.test(file.path) && file.path !== "app/_lib/route.ts");
  const actions = files.filter((file) => file.path.startsWith("app/") && /^\s*["']use server["']/m.test(file.text));
  const adapted = (file: SourceFile) => /from\s+["']@\/app\/_lib\/route["']/.test(file.text);
  const verb = new RegExp(`^export\\s+(?:async\\s+)?function\\s+(?:${HTTP_VERBS})\\b`, "m");
  return [
    ...routes
      .filter((file) => !adapted(file) || verb.test(file.text))
      .map((file) => ({ path: file.path, says: "does not go through app/_lib/route.ts" })),
    ...actions
      .filter((file) => !adapted(file))
      .map((file) => ({ path: file.path, says: "is a server action that does not go through app/_lib/route.ts" })),
  ];
}

/**
 * The walls that a lint rule over import specifiers cannot see: whether an import takes a value or a type, and where
 * a relative path ends up. Everything else about layers is in `biome.json`.
 */
import path from "node:path";
import { type Finding, isCode, isTest, type SourceFile } from "./source-files";

/** One import or re-export: what it names, and whether anything of it exists when the program runs. */
export type Import = { readonly specifier: string; readonly value: boolean };

const STATEMENT = /^\s*(?:import|export)\s+(type\s+)?((?:[\w*$\s,]|\{[^}]*\})*?)\s*from\s*["']([^"']+)["']/gm;
const BARE = /^\s*import\s+["']([^"']+)["']/gm;
const CALL = /\b(?:import|require)\(\s*["']([^"']+)["']\s*\)/g;

/** The imports of a program text. Named imports that are all marked `type` count as types. */
export function importsOf(text: string): readonly Import[] {
  const found: Import[] = [];
  for (const [, typeOnly, names, specifier] of text.matchAll(STATEMENT)) {
    const braces = names?.match(/^\{([^}]*)\}$/)?.[1];
    const allTypes = braces?.split(",").every((name) => name.trim() === "" || name.trim().startsWith("type "));
    found.push({ specifier: specifier ?? "", value: typeOnly === undefined && !allTypes });
  }
  for (const pattern of [BARE, CALL]) {
    for (const [, specifier] of text.matchAll(pattern)) found.push({ specifier: specifier ?? "", value: true });
  }
  return found;
}

/** The repository path an import points to (without extension), or null for a package. */
function resolveImport(from: string, specifier: string): string | null {
  if (specifier.startsWith("@/")) return specifier.slice(2);
  if (specifier.startsWith(".")) return path.posix.join(path.posix.dirname(from), specifier);
  return null;
}

/** The room a path belongs to: the module for `lib`, the domain's folder for a domain, else the top-level folder. */
function roomOf(file: string): string {
  const [top = "", second = "", third = ""] = file.split("/");
  if (top !== "lib") return top;
  if (second === "domain" && third !== "" && file.split("/").length > 3) return `lib/domain/${third}`;
  return `lib/${second.replace(/\.tsx?$/, "")}`;
}

/** Relative imports that leave their room: they would pass under the lint rules, which read specifiers. */
export function relativeEscapes(files: readonly SourceFile[]): readonly Finding[] {
  return files
    .filter((file) => isCode(file.path) && /^(app|lib|workers|bin)\//.test(file.path))
    .flatMap((file) =>
      importsOf(file.text)
        .filter(({ specifier }) => specifier.startsWith("."))
        .filter(({ specifier }) => {
          const target = roomOf(resolveImport(file.path, specifier) ?? "");
          const room = roomOf(file.path);
          // The registry of domains, lib/domain/index.ts, is the one file that stands above the domains' rooms.
          return target !== room && !(room === "lib/index" || file.path.startsWith("lib/domain/index."));
        })
        .map(({ specifier }) => ({ path: file.path, says: `write ${specifier} with the alias @/` })),
    );
}

/** Domains between others: a process hears the events of several, which are what domains say to the world. */
const between = new Set(["lib/domain/fulfilment"]);

/** A domain that imports anything but `@/lib/define`, zod and its own folder; tests may also use lib/testing and the catalog. */
export function domainEscapes(files: readonly SourceFile[]): readonly Finding[] {
  return files
    .filter((file) => file.path.startsWith("lib/domain/") && !isTest(file.path))
    .flatMap((file) =>
      importsOf(file.text)
        .filter(({ specifier }) => {
          const target = resolveImport(file.path, specifier);
          if (target === null) return specifier !== "zod";
          if (target === "lib/define" || target === "lib/define-process") return false;
          if (between.has(roomOf(file.path)) && /^lib\/domain\/[\w-]+\/events$/.test(target)) return false;
          return (
            !target.startsWith("lib/domain/") ||
            (roomOf(file.path) !== "lib/index" && crossesDomains(file.path, target))
          );
        })
        .map(({ specifier }) => ({
          path: file.path,
          says: `a domain imports @/lib/define, zod and itself, not ${specifier}`,
        })),
    );
}

function crossesDomains(from: string, target: string): boolean {
  return from.split("/").length > 3 && !`${target}/`.startsWith(`${roomOf(from)}/`);
}

const USE_CLIENT = /^\s*["']use client["']/;

/** Client components that would pull engine code into the browser: from lib they take values of `lib/kernel` only. */
export function clientValues(files: readonly SourceFile[]): readonly Finding[] {
  return files
    .filter((file) => /\.client\.tsx?$/.test(file.path) || USE_CLIENT.test(file.text))
    .flatMap((file) =>
      importsOf(file.text)
        .filter(({ specifier, value }) => {
          const target = resolveImport(file.path, specifier);
          return value && target?.startsWith("lib/") && !target.startsWith("lib/kernel/");
        })
        .map(({ specifier }) => ({
          path: file.path,
          says: `a client component takes values of lib from lib/kernel only; import a type of ${specifier} or move it`,
        })),
    );
}

// Next prescribes the names of its error boundaries.
const BOUNDARY = /(^|\/)(global-)?error\.tsx$/;

/** Client components without the suffix that tells a reader where they run. */
export function unmarkedClients(files: readonly SourceFile[]): readonly Finding[] {
  return files
    .filter((file) => /^app\/.*\.tsx$/.test(file.path) && USE_CLIENT.test(file.text))
    .filter((file) => !file.path.endsWith(".client.tsx") && !BOUNDARY.test(file.path))
    .map((file) => ({ path: file.path, says: "a file with “use client” is named *.client.tsx" }));
}

/** Readers of the environment that the lint rule on `process.env` does not see. */
export function hiddenEnvironment(files: readonly SourceFile[]): readonly Finding[] {
  const mayRead = (file: string) =>
    file === "lib/runtime/config.ts" || isTest(file) || !/^(app|lib|workers|bin)\//.test(file);
  return files
    .filter((file) => isCode(file.path) && !mayRead(file.path))
    .filter((file) =>
      /import\s*\{[^}]*\benv\b[^}]*\}\s*from\s*["'](node:)?process["']|process\[["']env["']\]/.test(file.text),
    )
    .map((file) => ({ path: file.path, says: "only lib/runtime/config.ts reads the environment" }));
}

/** Rooms of lib that no override in biome.json speaks of: a new module gets its arrows on its first day. */
export function lawlessRooms(files: readonly SourceFile[], biome: string): readonly Finding[] {
  const rooms = new Set(
    files
      .filter((file) => file.path.startsWith("lib/") && isCode(file.path))
      .map((file) => file.path.split("/")[1] ?? ""),
  );
  return [...rooms]
    .filter((room) => !biome.includes(`"lib/${room}/**"`) && !biome.includes(`"lib/${room}"`))
    .map((room) => ({
      path: `lib/${room}`,
      says: "has no arrows in biome.json; add an override that says what it may import",
    }));
}

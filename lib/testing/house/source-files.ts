/** The files that are checked: what git tracks, so that nobody's build output or scratch file can fail the house. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/** A tracked file: `path` from the root of the repository with forward slashes, and its whole text. */
export type SourceFile = { readonly path: string; readonly text: string };

/** What a check found: where, and what to do about it, in one sentence. */
export type Finding = { readonly path: string; readonly says: string };

/** The root of the repository. */
export const root = path.resolve(__dirname, "../../..");

const CODE = /\.(ts|tsx|mts|mjs|cjs|js)$/;
const TEXT = /\.(ts|tsx|mts|mjs|cjs|js|sql|css|md|json|yml|yaml)$/;

/** Whether a path is program text (not data, prose or a stylesheet). */
export function isCode(file: string): boolean {
  return CODE.test(file);
}

/** Whether a path is a test or lives with the tests. */
export function isTest(file: string): boolean {
  return /\.(test|spec)\.tsx?$/.test(file) || file.startsWith("lib/testing/") || file.startsWith("e2e/");
}

/** Every tracked text file that still exists in the working folder; throws when git cannot be asked. */
export function sourceFiles(): readonly SourceFile[] {
  return trackedPaths()
    .filter((file) => TEXT.test(file) && file !== "package-lock.json")
    .map((file) => ({ path: file, text: readFileSync(path.join(root, file), "utf8") }));
}

/** The paths of every tracked file that exists, whatever its kind. */
export function trackedPaths(): readonly string[] {
  const listed = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8", maxBuffer: 64 << 20 });
  return listed.split("\0").filter((file) => file !== "" && existsSync(path.join(root, file)));
}

/** Findings as lines, for a failure message that can be worked through. */
export function report(findings: readonly Finding[]): readonly string[] {
  return findings.map((finding) => `${finding.path}: ${finding.says}`);
}

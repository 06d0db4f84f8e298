/** The rule that nothing is changed but by an operation, read from the text of the tree. */
import type { Finding, SourceFile } from "./source-files";

const CHANGING = /\b(?:POST|PUT|PATCH|DELETE):\s*(\w+)/g;
const OPERATION_IMPORT = /import\s*\{([^}]*)\}\s*from\s*["']@\/lib\/operations\/[^"']+["']/g;
const IMPORT = /import\s*\{([^}]*)\}\s*from\s*["']@\/([^"']+)["']/g;

// It answers every method of an address that is not served, and changes nothing.
const NOTHING_HERE = "nothingHere";

/**
 * Methods other than GET whose endpoint does not declare an operation or whose handler never calls one, and server actions
 * that call none. A handler may call through functions of its own file.
 */
export function changesWithoutOperation(files: readonly SourceFile[]): readonly Finding[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const routes = files.filter((file) => /^app\/(?!_).*\/route\.ts$/.test(file.path));
  const actions = files.filter((file) => file.path.startsWith("app/") && /^\s*["']use server["']/m.test(file.text));
  return [
    ...routes.flatMap((route) =>
      [...route.text.matchAll(CHANGING)]
        .map(([, name = ""]) => name)
        .filter((name) => name !== NOTHING_HERE)
        .flatMap((name) => faultsOf(name, route, byPath)),
    ),
    ...actions
      .filter((file) => !callsOperation(file.text, operationsOf(file.text)))
      .map((file) => ({ path: file.path, says: "is a server action that calls no operation of lib/operations" })),
  ];
}

function faultsOf(name: string, route: SourceFile, byPath: ReadonlyMap<string, SourceFile>): readonly Finding[] {
  const from = [...route.text.matchAll(IMPORT)].find(([, names = ""]) => namesOf(names).includes(name))?.[2];
  const file = byPath.get(`${from}.ts`);
  if (!file) return [{ path: route.path, says: `changes something with ${name}, whose endpoint was not found` }];
  const declarations = declarationsOf(file.text);
  const own = declarations.get(name) ?? "";
  const operations = operationsOf(file.text);
  const faults: Finding[] = [];
  if (!/^ {2}operation:/m.test(own)) {
    faults.push({ path: file.path, says: `${name} changes something: declare its \`operation\` instead of a role` });
  }
  if (!callsOperation(reachable(name, declarations), operations)) {
    faults.push({ path: file.path, says: `${name} changes something without calling an operation of lib/operations` });
  }
  return faults;
}

function namesOf(list: string): readonly string[] {
  return list.split(",").map((part) =>
    part
      .trim()
      .replace(/^type\s+/, "")
      .replace(/^.*\sas\s+/, ""),
  );
}

function operationsOf(text: string): readonly string[] {
  return [...text.matchAll(OPERATION_IMPORT)].flatMap(([, names = ""]) => namesOf(names)).filter((name) => name !== "");
}

function callsOperation(text: string, operations: readonly string[]): boolean {
  return operations.some((name) => new RegExp(`\\b${name}(\\.preview)?\\(`).test(text));
}

/** The top-level declarations by name: the formatter begins each at the left edge. */
function declarationsOf(text: string): ReadonlyMap<string, string> {
  const parts = text.split(/^(?=(?:export )?(?:const|async function|function) )/m);
  return new Map(
    parts.flatMap((part) => {
      const name = part.match(/^(?:export )?(?:const|async function|function) (\w+)/)?.[1];
      return name === undefined ? [] : [[name, part] as const];
    }),
  );
}

/** The text of a declaration and of all that it reaches in its file. */
function reachable(name: string, declarations: ReadonlyMap<string, string>): string {
  const reached = new Set<string>();
  const waiting = [name];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (reached.has(next)) continue;
    reached.add(next);
    const text = declarations.get(next) ?? "";
    waiting.push(...[...declarations.keys()].filter((other) => new RegExp(`\\b${other}\\b`).test(text)));
  }
  return [...reached].map((each) => declarations.get(each) ?? "").join("\n");
}

import { expect, test } from "vitest";
import { changesWithoutOperation } from "./operations";
import { report, sourceFiles } from "./source-files";

const route = {
  path: "app/api/v1/[store]/x/route.ts",
  text: 'import { route } from "@/app/_lib/route";\nimport { xEndpoint } from "@/app/api/_endpoints/x";\n\nexport const { GET, POST } = route({ POST: xEndpoint });\n',
};
const head = 'import { doX } from "@/lib/operations/do-x";\n';
const endpointFile = (text: string) => ({ path: "app/api/_endpoints/x.ts", text });

test("a method that changes something without an operation fails the build", () => {
  const raw =
    "export const xEndpoint = endpoint({\n  operation: doX,\n  handle: ({ tidemark }) => json(tidemark.pool.query(x)),\n});\n";
  expect(changesWithoutOperation([route, endpointFile(head + raw)])).toHaveLength(1);
  const byRole =
    'export const xEndpoint = endpoint({\n  role: "operator",\n  handle: (call) => json(doX(call)),\n});\n';
  expect(changesWithoutOperation([route, endpointFile(head + byRole)])).toHaveLength(1);
  const elsewhere = `${raw}\nexport const other = endpoint({\n  operation: doX,\n  handle: (call) => json(doX(call)),\n});\n`;
  expect(changesWithoutOperation([route, endpointFile(head + elsewhere)])).toHaveLength(1);
  expect(changesWithoutOperation([route])).toHaveLength(1);
});

test("a method that calls its operation, also through a function of its file, passes", () => {
  const direct = "export const xEndpoint = endpoint({\n  operation: doX,\n  handle: (call) => json(doX(call)),\n});\n";
  const through =
    "export const xEndpoint = endpoint({\n  operation: doX,\n  handle: (call) => inner(call),\n});\n\nasync function inner(call) {\n  return json(await doX.preview(call));\n}\n";
  for (const text of [direct, through]) expect(changesWithoutOperation([route, endpointFile(head + text)])).toEqual([]);
});

test("a server action without an operation fails the build", () => {
  const action = (text: string) => [{ path: "app/[store]/actions.ts", text: `"use server";\n${text}` }];
  expect(changesWithoutOperation(action("export async function stop() {}"))).toHaveLength(1);
  expect(changesWithoutOperation(action(`${head}export async function stop() { await doX(context); }`))).toEqual([]);
});

test("the tree changes nothing but by operations", () => {
  const files = sourceFiles();
  expect(files.filter(({ text, path }) => path.endsWith("/route.ts") && /\bPOST: /.test(text)).length).toBeGreaterThan(
    8,
  );
  expect(report(changesWithoutOperation(files))).toEqual([]);
});

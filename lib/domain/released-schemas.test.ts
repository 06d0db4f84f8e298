import { expect, test } from "vitest";
import { z } from "zod";
import { createCatalog } from "@/lib/catalog/catalog";
import { checkCompatibility } from "@/lib/catalog/compatibility";
import { canonicalSchema, fingerprintOf } from "@/lib/catalog/schema-form";
import golden from "./golden-events.json";
import { modules } from "./index";
import { releasedSchemas } from "./released-schemas";

const { events } = createCatalog(modules).describe();

test("every version ever released is read, and none has another schema than it was released with", () => {
  const broken = checkCompatibility({ events }, releasedSchemas).filter(
    ({ verdict }) => verdict === "changed" || verdict === "unreadable",
  );
  expect(broken.map(({ advice }) => advice)).toEqual([]);
});

// With -u this adds the lines of new versions. What is there already is written back as it is, whatever the code says.
test("every version that the code writes is recorded, one line each", async () => {
  const known = new Set(releasedSchemas.map(({ type, version }) => `${type} ${version}`));
  const added = events
    .filter(({ type, schemaVersion, schema }) => schema !== null && !known.has(`${type} ${schemaVersion}`))
    .map(({ type, schemaVersion, schema }) => ({
      type,
      version: schemaVersion,
      fingerprint: fingerprintOf(schema ?? {}),
      schema: canonicalSchema(schema ?? {}),
    }));
  const lines = [...releasedSchemas, ...added]
    .sort((a, b) => (a.type === b.type ? a.version - b.version : a.type < b.type ? -1 : 1))
    .map((entry) => JSON.stringify(entry));
  await expect(`[\n${lines.join(",\n")}\n]\n`).toMatchFileSnapshot(
    "released-schemas.json",
    "a version is not recorded yet: npx vitest run lib/domain/released-schemas.test.ts -u, and have the new line reviewed",
  );
});

test("an old version that the code can read is recorded, too", () => {
  const missing = checkCompatibility({ events }, releasedSchemas).filter(
    ({ type, version, verdict }) =>
      verdict === "not-released" &&
      !events.some((event) => event.type === type && event.schemaVersion === version && event.schema),
  );
  expect(missing.map(({ type, version }) => `${type} ${version}`)).toEqual([]);
});

test.each(releasedSchemas)("the schema of $type version $version is the one it was released with", (entry) => {
  expect(fingerprintOf(entry.schema)).toBe(entry.fingerprint);
});

test.each(golden)("the golden payload of $type version $schemaVersion is of the form that was released", (example) => {
  const entry = releasedSchemas.find(({ type, version }) => type === example.type && version === example.schemaVersion);
  const schema = z.fromJSONSchema((entry?.schema ?? { not: {} }) as Parameters<typeof z.fromJSONSchema>[0]);
  expect(schema.safeParse(example.data)).toMatchObject({ success: true });
});

test("every version ever released has a golden payload", () => {
  const examples = new Set(golden.map(({ type, schemaVersion }) => `${type} ${schemaVersion}`));
  const missing = releasedSchemas.filter(({ type, version }) => !examples.has(`${type} ${version}`));
  expect(missing.map(({ type, version }) => `${type} ${version}`)).toEqual([]);
});

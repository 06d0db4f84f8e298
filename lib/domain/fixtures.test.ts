import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { createCatalog } from "@/lib/catalog/catalog";
import { parseFixture } from "@/lib/fixtures/fixture";
import { verifyFixture } from "@/lib/fixtures/verify-fixture";
import { modules } from "./index";

const folder = path.join(import.meta.dirname, "fixtures");
const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
const catalog = createCatalog(modules);

test.each(files)("%s, a stream of the past, makes today what it made when it was captured", (file) => {
  const fixture = parseFixture(JSON.parse(readFileSync(path.join(folder, file), "utf8")));
  expect(verifyFixture(catalog, fixture)).toEqual({ verdict: "same", events: fixture.events.length });
});

import { describe, expect, test } from "vitest";
import { z } from "zod";
import { createCatalog } from "@/lib/catalog/catalog";
import { checkCompatibility } from "@/lib/catalog/compatibility";
import { canonicalSchema, fingerprintOf } from "@/lib/catalog/schema-form";
import { defineEvents, defineModule, defineUpcaster, type FormStep, personal } from "@/lib/define";

const line = z.object({ sku: z.string().min(1), quantity: z.int().positive() });
const current = z.object({ by: z.string(), lines: z.array(line), note: z.string().optional() });
const upcasters = [defineUpcaster({ type: "Sold", from: 1, to: 2, up: (old: object) => ({ ...old, lines: [] }) })];

function described(schema: z.ZodType, steps: readonly FormStep[] = upcasters, version = 2) {
  const events = defineEvents({ Sold: [version, schema] });
  return createCatalog([
    defineModule({ name: "s", description: "", events, upcasters: steps, deciders: [], projections: [] }),
  ]).describe();
}

const released = [1, 2].map((version) => {
  const schema = canonicalSchema(
    z.toJSONSchema(version === 1 ? z.object({ by: z.string() }) : current, { io: "input" }),
  );
  return { type: "Sold", version, fingerprint: fingerprintOf(schema), schema };
});
const verdicts = (schema: z.ZodType, steps?: readonly FormStep[], version?: number) =>
  checkCompatibility(described(schema, steps, version), released).map(({ version, verdict, advice }) => ({
    version,
    verdict,
    advice,
  }));

describe("the code, held against what was released", () => {
  test("is fine while every version is read and the current one is what it was", () =>
    expect(verdicts(current)).toEqual([
      { version: 1, verdict: "as-released", advice: null },
      { version: 2, verdict: "as-released", advice: null },
    ]));

  test.each([
    ["a new field", current.extend({ shop: z.string() }), "+ shop"],
    ["a field gone", current.omit({ by: true }), "- by"],
    ["a field that may be left out no more", current.required(), "note: string, optional → string"],
    [
      "another type deep down",
      current.extend({ lines: z.array(line.extend({ quantity: z.string() })) }),
      "lines.*.quantity",
    ],
    ["a tighter bound", current.extend({ by: z.string().min(3) }), "by: string → string, length at least 3"],
  ])("is refused for %s under the same version, with what changed and what to do", (_, schema, words) => {
    const advice = verdicts(schema)[1]?.advice;
    expect(advice).toContain(words);
    expect(advice).toContain("Raise it to 3, describe the step from 2");
  });

  test("may say the same in another order, with other words, and whose data it is", () =>
    expect(
      verdicts(
        z.object({
          note: personal(z.string().optional().describe("a remark"), "by"),
          lines: z.array(line),
          by: z.string(),
        }),
      ).map(({ verdict }) => verdict),
    ).toEqual(["as-released", "as-released"]));

  test("names a version that it does not read any more", () =>
    expect(verdicts(current, [])[0]).toMatchObject({
      version: 1,
      verdict: "unreadable",
      advice: expect.stringContaining("bring its upcaster back"),
    }));

  test("names a version that nobody has recorded", () => {
    const third = defineUpcaster({ type: "Sold", from: 2, to: 3, up: (old: object) => old });
    expect(
      verdicts(current.extend({ shop: z.string() }), [...upcasters, third], 3).map(({ verdict }) => verdict),
    ).toEqual(["as-released", "as-released", "not-released"]);
  });
});

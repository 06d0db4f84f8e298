import { describe, expect, it } from "vitest";
import { createCatalog } from "@/lib/catalog/catalog";
import { modules } from "@/lib/domain";
import { draftOf, emptyDraft, inputOf } from "./form-draft";
import { fieldOf } from "./form-field";

const { commands } = createCatalog(modules).describe();

describe("a form made of a schema", () => {
  it.each(commands)("asks for every member that $category/$name may have", ({ schema }) => {
    const field = fieldOf(schema);
    const members = field.kind === "object" ? field.members.map(([name]) => name) : [];
    expect(members).toEqual(Object.keys(schema.properties as object));
    expect(JSON.stringify(field)).not.toContain('"kind":"json"');
  });

  it("gives back what it was filled with", () => {
    const returned = commands.find(({ name }) => name === "ReturnOrder");
    const field = fieldOf(returned?.schema ?? {});
    const input = { items: [{ sku: "MUG-01", quantity: 2 }], reason: "chipped" };
    expect(inputOf(field, draftOf(field, input))).toEqual(input);
  });

  it("leaves out what may be left out, and sends null where that is what nothing means", () => {
    const field = fieldOf({
      type: "object",
      properties: {
        name: { type: "string" },
        note: { type: "string" },
        batch: { anyOf: [{ type: "string" }, { type: "null" }] },
        gift: { type: "object", properties: { text: { type: "string" } } },
      },
      required: ["name"],
    });
    expect(inputOf(field, emptyDraft(field))).toEqual({ name: "", batch: null });
  });

  it("hands on what is not a number, so that the refusal can name it", () => {
    const field = fieldOf({ type: "object", properties: { quantity: { type: "integer" } }, required: ["quantity"] });
    expect(inputOf(field, { quantity: "two" })).toEqual({ quantity: "two" });
    expect(inputOf(field, { quantity: "2" })).toEqual({ quantity: 2 });
  });

  it("takes JSON where the schema says nothing that a field could ask", () => {
    const field = fieldOf({ type: "object", properties: { any: {} }, required: ["any"] });
    expect(inputOf(field, { any: '{"a":[1]}' })).toEqual({ any: { a: [1] } });
    expect(inputOf(field, { any: "{" })).toEqual({ any: "{" });
  });
});

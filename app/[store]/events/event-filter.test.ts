import { describe, expect, it } from "vitest";
import { parseEventFilter, printEventFilter } from "./event-filter";

const read = (text: string) => {
  const parsed = parseEventFilter(text);
  if (!parsed.ok) throw new Error(parsed.fault);
  return parsed.filter;
};

describe("the filter box of the event log", () => {
  it("reads named terms, short names, quotes and payload paths", () => {
    expect(read('type:OrderPlaced corr:abc actor:"Ann Lee" data.lines.0.sku:A-1')).toEqual({
      type: "OrderPlaced",
      correlation: "abc",
      actor: "Ann Lee",
      data: { "lines.0.sku": "A-1" },
    });
  });

  it("guesses bare words: a stream by its dash, a correlation by its form, else a type", () => {
    expect(read("order-42")).toEqual({ stream: "order-42" });
    expect(read("OrderPlaced")).toEqual({ type: "OrderPlaced" });
    expect(read("0198c3f4-0000-7000-8000-000000000000")).toHaveProperty("correlation");
  });

  it("takes a stream between stars for a part of its name", () => {
    expect(read("stream:*421* tenant:north")).toEqual({ streamPart: "421", tenant: "north" });
    expect(read("stream:*")).toEqual({ stream: "*" });
  });

  it("keeps colons inside values", () => {
    expect(read("stream:a:b from:2026-11-24T14:02:00Z")).toEqual({ stream: "a:b", from: "2026-11-24T14:02:00Z" });
  });

  it("names what is wrong and what to write", () => {
    expect(parseEventFilter("colour:red")).toMatchObject({ ok: false, fault: expect.stringContaining("colour") });
    expect(parseEventFilter("type:")).toMatchObject({ ok: false });
    expect(parseEventFilter("from:whenever")).toMatchObject({ ok: false, fault: expect.stringContaining("now-15m") });
  });

  it("prints what it read", () => {
    for (const text of [
      'type:A actor:"Ann Lee" from:now-1h',
      "stream:order-1 data.total:120",
      "tenant:north stream:*42*",
      "",
    ]) {
      expect(printEventFilter(read(text))).toBe(text);
    }
  });
});

import { describe, expect, it } from "vitest";
import { parseEventFilter, printEventFilter, resolveTime } from "./event-filter";

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

  it("keeps colons inside values", () => {
    expect(read("stream:a:b from:2026-11-24T14:02:00Z")).toEqual({ stream: "a:b", from: "2026-11-24T14:02:00Z" });
  });

  it("names what is wrong and what to write", () => {
    expect(parseEventFilter("colour:red")).toMatchObject({ ok: false, fault: expect.stringContaining("colour") });
    expect(parseEventFilter("type:")).toMatchObject({ ok: false });
    expect(parseEventFilter("from:yesterday")).toMatchObject({ ok: false, fault: expect.stringContaining("now-15m") });
  });

  it("prints what it read", () => {
    for (const text of ['type:A actor:"Ann Lee" from:now-1h', "stream:order-1 data.total:120", ""]) {
      expect(printEventFilter(read(text))).toBe(text);
    }
  });

  it("resolves times in UTC", () => {
    const now = Date.parse("2026-11-24T02:30:00Z");
    expect(resolveTime("now-15m", now)).toBe("2026-11-24T02:15:00.000Z");
    expect(resolveTime("1:02", now)).toBe("2026-11-24T01:02:00.000Z");
    expect(resolveTime("01:02:03", now)).toBe("2026-11-24T01:02:03.000Z");
    expect(resolveTime("2026-11-20", now)).toBe("2026-11-20T00:00:00.000Z");
    expect(resolveTime("2026-11-20 14:02", now)).toBe("2026-11-20T14:02:00.000Z");
    expect(resolveTime("2026-11-20T14:02:00.123456Z", now)).toBe("2026-11-20T14:02:00.123456Z");
    expect(resolveTime("25:99", now)).toBeUndefined();
  });
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { parseConsoleAddress } from "@/lib/kernel/console-address";

test("the address of a list page is its page and filter, without the place in the list", () => {
  expect(parseConsoleAddress("/local/events?q=type%3AOrderPlaced&before=17&live=off")).toEqual({
    page: "events",
    query: "q=type%3AOrderPlaced",
  });
  expect(parseConsoleAddress("/local/dead-letters")).toEqual({ page: "dead-letters", query: "" });
});

test.each([
  "https://evil.example/local/events",
  "//evil.example/events",
  "/\\evil.example/events",
  "javascript:alert(1)",
  "/local/events/../../sign-in",
  "/local/settings",
  "/local/streams/order-1",
  "/local/events#x",
  "/local/events\n",
  "events?q=1",
  "/local/events?q=%00",
  "",
])("%s is none", (text) => {
  expect(parseConsoleAddress(text)).toBeUndefined();
});

test("whatever is given, what comes out leads to a list page of the console and comes out of itself again", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.webUrl(),
        fc.string().map((text) => `/local/events?${text}`),
      ),
      (text) => {
        const found = parseConsoleAddress(text);
        if (found === undefined) return;
        const address = `/local/${found.page}${found.query === "" ? "" : `?${found.query}`}`;
        const url = new URL(address, "http://console.test");
        expect([url.origin, url.pathname, url.hash]).toEqual(["http://console.test", `/local/${found.page}`, ""]);
        expect(parseConsoleAddress(address)).toEqual(found);
      },
    ),
  );
});

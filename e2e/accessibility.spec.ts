import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import { placedOrder } from "./example";
import { instance } from "./instance";
import { pages, sizes } from "./pages";
import { settle, someCause } from "./poison";

test.beforeAll("a run is made, so that there is one to look at", async () => {
  const answer = await fetch(`${instance.url}/api/v1/local/verify`, {
    method: "POST",
    headers: { authorization: `Bearer ${instance.token}`, "content-type": "application/json" },
    body: "{}",
  });
  // Another worker process of the same test run may have begun it already.
  expect([200, 201, 202, 409]).toContain(answer.status);
});

test.afterAll(({ request }) => settle(request));

for (const { name: size, width, height } of sizes) {
  for (const theme of ["light", "dark"] as const) {
    test.describe(`${size}, ${theme}`, () => {
      test.use({ viewport: { width, height }, colorScheme: theme });
      for (const { name, url } of pages) {
        test(`${name} has no serious accessibility finding and does not scroll sideways`, async ({ page, request }) => {
          await page.goto(url(await placedOrder(request), await someCause(request)));
          await expect(page.locator("h1").first()).toBeVisible();
          const { violations } = await new AxeBuilder({ page }).analyze();
          const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
          expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          expect(overflow).toBeLessThanOrEqual(0);
        });
      }
    });
  }
}

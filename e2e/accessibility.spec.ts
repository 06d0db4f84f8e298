import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { placedOrder } from "./example";
import { instance } from "./instance";
import { pages, sizes } from "./pages";
import { settle, someCause } from "./poison";

// A page is opened once and then judged at every size in both themes. A trace would record each of them for nothing, and
// colours that are still changing would be judged half way.
test.use({ trace: "off", contextOptions: { reducedMotion: "reduce" } });

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

for (const { name, url } of pages) {
  test(`${name} has no serious accessibility finding and does not scroll sideways, at every size, light and dark`, async ({
    page,
    request,
  }) => {
    await page.goto(url(await placedOrder(request), await someCause(request)));
    await expect(page.locator("h1").first()).toBeVisible();
    for (const { name: size, width, height } of sizes) {
      await page.setViewportSize({ width, height });
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        expect.soft(await seriousFindings(page), `${size}, ${colorScheme}`).toEqual([]);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect.soft(overflow, `${size}, ${colorScheme}: pixels that stand out sideways`).toBeLessThanOrEqual(0);
      }
    }
  });
}

/** Every finding of axe that it calls serious or critical, with the elements it is about. */
async function seriousFindings(page: Page): Promise<readonly string[]> {
  // The pages have no frames, so axe need not gather its findings in a page of its own.
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ["violations"] });
  const { violations } = await axe.analyze();
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  return serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}

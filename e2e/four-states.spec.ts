import { expect, test } from "@playwright/test";
import { isAhead } from "./fetched-ahead";

// Loading; empty and failed are in running.spec.ts, on a store of their own that can be emptied and broken.
test.use({ viewport: { width: 1440, height: 900 } });

test("while a page is read, its title stands over placeholders, on every page of the navigation", async ({ page }) => {
  test.setTimeout(180_000);
  await page.goto("/local/settings/profile");
  const links = page.getByRole("navigation", { name: "Pages" }).getByRole("link");
  await expect(links.first()).toBeVisible();
  const ahead = new Set<string>();
  // The answer, not its end: the browser does not tell of the end of one that the router leaves unread. First the router
  // asks for the tree of a page, then for what stands while it is read.
  page.on("response", (answer) => {
    const asked = answer.request();
    const tree = asked.headers()["next-router-segment-prefetch"] === "/_tree";
    if (isAhead(asked) && !tree) ahead.add(new URL(answer.url()).pathname);
  });
  const labels = (await links.allTextContents()).map((text) => text.replace(/\d+$/, "").trim());
  for (const label of labels.filter((each) => each !== "Settings")) {
    const link = links.filter({ hasText: label }).first();
    const href = (await link.getAttribute("href")) ?? "";
    const waiting = page.getByRole("status", { name: /^Loading/ });
    // What stands while a page is read is fetched ahead, when the pointer comes to rest on its link. When the router has
    // taken in what came is not to be seen from here: a press that was too early is made again, on a fresh page.
    let early = false;
    await expect(async () => {
      if (early) await page.goto("/local/settings/profile");
      early = true;
      ahead.delete(href);
      await page.mouse.move(0, 0);
      await link.hover();
      await expect.poll(() => ahead.has(href), { timeout: 3_000 }).toBe(true);
      let release: () => void = () => undefined;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      await page.route(/[?&]_rsc=/, async (route) => {
        await held;
        await route.continue().catch(() => undefined);
      });
      try {
        await link.click();
        await expect(waiting, `${label} while it is read`).toBeVisible({ timeout: 3_000 });
      } finally {
        release();
        await page.unrouteAll({ behavior: "ignoreErrors" });
      }
    }).toPass({ timeout: 40_000 });
    await expect(waiting, `${label} once it is read`).toBeHidden();
    await expect(page.locator("h1").first()).toBeVisible();
  }
});

import { type APIRequestContext, expect, type Page, test } from "@playwright/test";
import { instance } from "./instance";

test.use({ viewport: { width: 1440, height: 900 } });

/** The pages that follow the store, each by what makes it another: a list, a detail, figures, the log, a stream. */
const FOLLOWING = [
  ...["/local", "/local/events", "/local/projections", "/local/projections/order-summary", "/local/processes"],
  ...["/local/runs", "/local/alerts", "/local/slos", "/local/dead-letters", "/local/commands/log"],
  "/local/streams/stale-1",
];

const live = (page: Page) => page.getByText("Live", { exact: true });
/** That what is shown is old, and since when. */
const old = (page: Page) => page.getByText(/^(Reconnecting|Offline)\s*last update \d\d:\d\d:\d\d UTC$/);

async function append(request: APIRequestContext, type: string): Promise<void> {
  const answer = await request.post("/api/v1/local/streams/stale-1/events", {
    headers: { authorization: `Bearer ${instance.token}` },
    data: { expectedVersion: "any", events: [{ type, data: {} }] },
  });
  expect(answer.status()).toBe(201);
}

test("every page that follows the store says, away from it, that what it shows is old and since when, keeps it, and comes back with what it missed", async ({
  page,
  context,
  request,
}) => {
  test.setTimeout(90_000);
  await append(request, "StaleBefore");
  for (const path of FOLLOWING) {
    await page.goto(path);
    await expect(live(page), path).toBeVisible();
    const title = await page.locator("h1").first().textContent();
    await context.setOffline(true);
    await expect(old(page), path).toBeVisible({ timeout: 8_000 });
    await expect(page.locator("h1").first(), path).toHaveText(title ?? "");
    if (path === FOLLOWING.at(-1)) await append(request, "StaleMeanwhile");
    await context.setOffline(false);
    await expect(live(page), path).toBeVisible();
  }
  await expect(page.getByText("StaleMeanwhile").first()).toBeVisible();
});

test("a page whose stream never came, and one whose store is silent, say since when they are old as well", async ({
  page,
}) => {
  const stream = /\/live\/topics/;
  await page.route(stream, (route) => route.abort());
  await page.goto("/local/runs");
  await expect(old(page)).toBeVisible();
  await page.unroute(stream);
  await expect(live(page)).toBeVisible({ timeout: 15_000 });
  await page.route("**/api/v1/health", (route) => route.abort());
  await expect(old(page)).toBeVisible({ timeout: 15_000 });
  await page.unroute("**/api/v1/health");
  await expect(live(page)).toBeVisible({ timeout: 15_000 });
});

test("a page that is drawn anew just as the network goes stays, and goes on where it was", async ({ page }) => {
  await page.goto("/local/alerts");
  await expect(live(page)).toBeVisible();
  await page.evaluate(() => document.body.setAttribute("data-same-page", "yes"));
  let cut = 0;
  const drawing = /\/local\/alerts\?.*_rsc=/;
  await page.route(drawing, (route) => {
    cut += 1;
    return route.abort("internetdisconnected");
  });
  // The store answers, and the answer with the page does not come any more.
  await expect.poll(() => cut).toBeGreaterThan(1);
  await expect(page.locator("h1").first()).toContainText("Alerts");
  await page.unroute(drawing);
  await page.waitForResponse((response) => drawing.test(response.url()) && response.ok());
  await expect(page.locator("body[data-same-page]")).toHaveCount(1);
});

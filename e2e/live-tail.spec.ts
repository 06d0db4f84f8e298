import { type APIRequestContext, expect, type Page, test } from "@playwright/test";
import { instance } from "./instance";

test.use({ viewport: { width: 1440, height: 900 } });

/** Types that only these tests append, one each, so that neither the demo's traffic nor the other test can be mistaken for it. */
type Own = "TideRose" | "TideTurned";

const url = (live: string, type: Own) => `/local/events?live=${live}&q=type%3A${type}`;

async function append(request: APIRequestContext, count: number, type: Own): Promise<void> {
  const events = Array.from({ length: count }, (_, i) => ({ type, data: { i } }));
  const answer = await request.post("/api/v1/local/streams/tide-1/events", {
    headers: { authorization: `Bearer ${instance.token}` },
    data: { expectedVersion: "any", events },
  });
  expect(answer.status()).toBe(201);
}

const rows = (page: Page) => page.locator("table[aria-label=Events] a[data-row]");

test("Notify leaves the list alone and shows what came on one press, fifty at a time, none passed over", async ({
  page,
  request,
}) => {
  await append(request, 1, "TideRose");
  await page.goto(url("notify", "TideRose"));
  await expect(rows(page).first()).toBeVisible();
  const before = await rows(page).count();
  await append(request, 3, "TideRose");
  const button = page.getByRole("button", { name: /^Show \d+ new events$/ });
  await expect(button).toHaveAccessibleName("Show 3 new events");
  expect(await rows(page).count()).toBe(before);
  await page.keyboard.press("n");
  await expect(rows(page)).toHaveCount(before + 3);
  await expect(button).toBeHidden();
  await append(request, 57, "TideRose");
  await expect(page.getByRole("button", { name: "Show 50 of 57 new events" })).toBeVisible();
  await page.keyboard.press("n");
  await expect(rows(page)).toHaveCount(before + 53);
  await expect(button).toHaveAccessibleName("Show 7 new events");
  await page.keyboard.press("n");
  await expect(rows(page)).toHaveCount(before + 60);
});

test("Follow shows new events by itself, but not under a row that has the focus, and Paused none", async ({
  page,
  request,
}) => {
  await append(request, 1, "TideTurned");
  await page.goto(url("notify", "TideTurned"));
  await expect(rows(page).first()).toBeVisible();
  await page.getByRole("button", { name: "Follow" }).click();
  await expect(page).toHaveURL(/live=follow/);
  const before = await rows(page).count();
  await append(request, 1, "TideTurned");
  await expect(rows(page)).toHaveCount(before + 1);
  await page.keyboard.press("j");
  await expect(rows(page).first()).toBeFocused();
  await append(request, 1, "TideTurned");
  await expect(page.getByRole("button", { name: "Show 1 new events" })).toBeVisible();
  await expect(rows(page)).toHaveCount(before + 1);
  await page.keyboard.press("Escape");
  await expect(rows(page)).toHaveCount(before + 2);

  await page.getByRole("button", { name: "Paused" }).click();
  await expect(page).toHaveURL(/live=off/);
  await append(request, 1, "TideTurned");
  // The event is in the log, and the page was told nothing.
  await expect
    .poll(async () => {
      const answer = await request.get("/api/v1/local/events?type=TideTurned&limit=500");
      return (await answer.json()).events.length;
    })
    .toBeGreaterThan(before + 2);
  await expect(rows(page)).toHaveCount(before + 2);
  await expect(page.getByRole("button", { name: /new events$/ })).toBeHidden();
});

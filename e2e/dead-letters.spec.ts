import { expect, type Locator, test } from "@playwright/test";
import { causes, cure, settle } from "./poison";

test.use({ viewport: { width: 1440, height: 900 } });
test.afterAll(({ request }) => settle(request));

test("poison is parked and told of, fails a dry run, one is skipped with a reason, the rest passes after the fix and is retried", async ({
  page,
  request,
}) => {
  await settle(request);
  await page.goto("/local");
  await page.getByRole("button", { name: "Send poison…" }).click();
  await page.getByRole("button", { name: "Send 3 poison events in local" }).click();
  await expect.poll(async () => (await causes(request))[0]?.parked, { timeout: 40_000 }).toBe(3);
  const group = (await causes(request))[0]?.group ?? "";

  // From what needs attention to the cause: two presses, with one sign for parked in both places.
  await page.reload();
  await expect(page.getByRole("link", { name: /^Dead letters/ }).getByTitle("3 parked")).toBeVisible();
  const attention = page.getByRole("region", { name: "Needs attention" });
  await expect(attention.getByText("3 parked in order-summary")).toBeVisible();
  await attention.getByRole("link", { name: "Open the dead letters of order-summary" }).click();
  await page.getByRole("link", { name: "order-summary · DemoFault" }).click();

  const test3 = page.getByRole("button", { name: "Test first: dry run of 3" });
  // On a phone what can be done stands before what one letter says at length.
  await page.setViewportSize({ width: 390, height: 844 });
  const top = async (part: Locator) => (await part.boundingBox())?.y ?? Number.NaN;
  expect(await top(test3)).toBeLessThan(await top(page.getByRole("link", { name: "Open the event" })));
  await page.setViewportSize({ width: 1440, height: 900 });
  await test3.click();
  await expect(page.getByText("3 would fail again", { exact: true })).toBeVisible();

  const letters = page.getByRole("checkbox", { name: /^Choose DL-/ });
  await letters.nth(1).uncheck();
  await letters.nth(2).uncheck();
  await page.getByRole("button", { name: "Skip and unblock…" }).click();
  const sheet = page.getByRole("dialog", { name: "Skip 1 event for good" });
  await expect(sheet.getByText("1 event of 1 stream")).toBeVisible();
  await sheet.getByLabel("Reason").fill("the order was a test");
  await sheet.getByLabel("To confirm, type").fill(group);
  await sheet.getByRole("button", { name: "Skip 1 event for good in local" }).click();
  await expect(letters).toHaveCount(2);

  await cure(request);
  await page.getByRole("checkbox", { name: "Choose all" }).check();
  await page.getByRole("button", { name: "Test first: dry run of 2" }).click();
  await expect(page.getByText("2 would pass", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Retry the 2 that pass" }).click();
  await expect(page.getByText("Nothing of this cause is parked any more")).toBeVisible();
  expect(await causes(request)).toEqual([]);
});

import { expect, test } from "@playwright/test";

test("a time that is drawn over the charts of a projection is an address, and z leads back; typing does the same", async ({
  page,
}) => {
  await page.goto("/local/projections/order-summary?live=off");
  const chart = page.locator(".recharts-surface").first();
  await expect(chart).toBeVisible();
  await expect(page.getByText("Time of a batch")).toBeVisible();
  await expect(page.getByRole("table", { name: "Partitions" }).getByText("Why slow")).toBeVisible();
  const box = await chart.boundingBox();
  if (!box) throw new Error("The chart has no place.");
  const at = (share: number) => [box.x + box.width * share, box.y + box.height / 2] as const;
  await page.mouse.move(...at(0.4));
  await page.mouse.down();
  await page.mouse.move(...at(0.5));
  await page.mouse.move(...at(0.7));
  await page.mouse.up();
  await expect(page).toHaveURL(/live=off&from=[^&]+&to=[^&]+$/);
  await expect(page.getByRole("link", { name: "Zoom out" })).toBeVisible();
  const query = new URL(page.url()).searchParams;
  const seconds = (Date.parse(query.get("to") ?? "") - Date.parse(query.get("from") ?? "")) / 1_000;
  // Three tenths of 15 minutes, of which the axis has nearly all the width.
  expect(seconds).toBeGreaterThan(240);
  expect(seconds).toBeLessThan(330);
  await page.keyboard.press("z");
  await expect(page.getByRole("link", { name: "Zoom out" })).toBeHidden();
  await expect(page).not.toHaveURL(/from=/);

  await page.getByText("type the time that they show").click();
  await page.getByLabel("from").fill("2026-01-01T10:00:00");
  await page.getByLabel("to", { exact: true }).fill("2026-01-01T11:00:00");
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page).toHaveURL(/from=2026-01-01T10%3A00%3A00.000Z/);
  await expect(page.getByText("No lag was measured in this time.")).toBeVisible();
});

import { readFileSync } from "node:fs";
import { expect, test } from "@playwright/test";
import { placedOrder } from "./example";

test.use({ viewport: { width: 1440, height: 900 } });

test("t, a time or a position, Enter: the log begins there; drawing over the bars narrows it to a time", async ({
  page,
  request,
}) => {
  const order = await placedOrder(request);
  const jump = page.getByPlaceholder("Jump to 14:02 or #1234");
  await page.goto("/local/events?live=off");
  await page.keyboard.press("t");
  await page.keyboard.type(`#${order.position}`);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/before=/);
  await expect(page.locator("table[aria-label=Events] tbody tr").first()).toContainText(order.stream);
  await page.keyboard.press("t");
  await expect(jump).toBeFocused();
  await page.keyboard.type(order.recordedAt);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/at=/);
  // Events that were appended in one call with it have the same time, and the first of them begins the page.
  const moment = order.recordedAt.slice(11, 23);
  await expect(page.locator("table[aria-label=Events] tbody tr").first()).toContainText(moment);

  await page.goto("/local/events?live=off");
  const bars = page.locator("figure[aria-label=Activity] svg[data-drawable]");
  const box = await bars.boundingBox();
  if (!box) throw new Error("there are no bars");
  await page.mouse.move(box.x + box.width * 0.5, box.y + 10);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.9, box.y + 10);
  await page.mouse.up();
  await expect(page).toHaveURL(/from%3A.*to%3A/);
});

test("a search shows what there is by kind, exact first, and /go/ opens what is exactly one thing", async ({
  page,
  request,
}) => {
  const order = await placedOrder(request);
  await page.goto("/local/search");
  await page.keyboard.press("/");
  await page.keyboard.type(order.stream);
  await page.keyboard.press("Enter");
  const streams = page.getByRole("region", { name: "Streams" });
  await expect(streams.locator("li").first()).toContainText("exact");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/streams/${order.stream}$`));
  for (const [text, url] of [
    [order.id, `/local/events/${order.id}`],
    [order.position, `/local/log/${order.position}`],
    [order.correlationId, `/local/traces/${encodeURIComponent(order.correlationId)}`],
    ["order.PlaceOrder", "/local/commands/order.PlaceOrder"],
    ["order-summary", "/local/projections/order-summary"],
    ["OrderPlaced", "/local/schema/OrderPlaced"],
    ["half-a-name", "/local/search?q=half-a-name"],
  ] as const) {
    await page.goto(`/local/go/${encodeURIComponent(text)}`);
    await expect(page).toHaveURL(url);
  }
});

test("what is filtered can be exported and downloaded, and kept as a view that the palette offers", async ({
  page,
}) => {
  await page.goto("/local/events?live=off&q=type%3AOrderPlaced");
  await page.getByRole("button", { name: "Export…" }).click();
  await page.getByLabel("Form").selectOption("csv");
  await page.getByRole("button", { name: "Export events in local" }).click();
  await expect(page).toHaveURL(/\/runs\/\d+/);
  const link = page.getByRole("link", { name: /^Download export-\d+\.csv$/ });
  await expect(link).toBeVisible({ timeout: 30_000 });
  const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
  expect(readFileSync(await download.path(), "utf8").split("\r\n")[0]).toMatch(/^position,id,type,/);

  const name = `Placed ${Date.now()}`;
  await page.goto("/local/events?live=off&q=type%3AOrderPlaced&before=999999999");
  await expect(page.locator("table[aria-label=Events]")).toBeVisible();
  await page.keyboard.press("v");
  await page.getByLabel("Save what is shown now as").fill(name);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("list", { name: "Saved views" }).getByRole("link", { name })).toHaveAttribute(
    "href",
    "/local/events?q=type%3AOrderPlaced",
  );
  await page.getByRole("button", { name: "Close" }).click();
  await page.goto("/local");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: /^Search, or paste/ }).fill(name);
  await page.getByRole("option", { name: `${name} events` }).click();
  await expect(page).toHaveURL("/local/events?q=type%3AOrderPlaced");
});

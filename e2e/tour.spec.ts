import fs from "node:fs";
import path from "node:path";
import { expect, type Locator, type Page, test } from "@playwright/test";
import { cli } from "./command-line";
import { placedOrder } from "./example";

/** The README's tour, hand on the mouse or hands on the keyboard. Each way says how it gets from one stop to the next. */
type Way = {
  readonly toEventLog: (page: Page) => Promise<void>;
  readonly openEvent: (page: Page, id: string) => Promise<void>;
  readonly openTrace: (page: Page) => Promise<void>;
  readonly openStream: (page: Page, stream: string) => Promise<void>;
  readonly stepBack: (page: Page) => Promise<void>;
  readonly toProjections: (page: Page) => Promise<void>;
  readonly openProjection: (page: Page) => Promise<void>;
};

const nav = (page: Page) => page.getByRole("navigation", { name: "Pages" });

const byMouse: Way = {
  toEventLog: (page) => nav(page).getByRole("link", { name: "Event log" }).click(),
  openEvent: (page, id) => page.locator(`a[data-row][href$="${id}"]`).click(),
  openTrace: (page) => page.getByRole("link", { name: "Open the trace" }).click(),
  openStream: async (page, stream) => {
    await page
      .getByRole("table", { name: "Steps of the trace" })
      .getByRole("link", { name: /^OrderPlaced/ })
      .click();
    await page.getByLabel("Details of OrderPlaced").getByRole("link", { name: stream }).click();
  },
  stepBack: (page) => page.getByRole("button", { name: "Version before" }).click(),
  toProjections: (page) => nav(page).getByRole("link", { name: "Projections" }).click(),
  openProjection: (page) => page.getByRole("main").getByRole("link", { name: "order-summary" }).first().click(),
};

const byKeyboard: Way = {
  toEventLog: (page) => press(page, "g", "e"),
  openEvent: (page, id) => walkTo(page, page.locator(`a[data-row][href$="${id}"]`)),
  openTrace: (page) => press(page, "t"),
  openStream: async (page, stream) => {
    // From anywhere: the palette takes any id that is pasted.
    await page.keyboard.press("Control+k");
    await page
      .getByRole("combobox")
      .or(page.getByRole("textbox", { name: /Search, or paste/ }))
      .first()
      .fill(stream);
    await page.keyboard.press("Enter");
  },
  stepBack: (page) => press(page, "ArrowLeft"),
  toProjections: (page) => press(page, "g", "p"),
  openProjection: (page) => walkTo(page, page.locator('a[data-row][href$="/order-summary"]')),
};

async function press(page: Page, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

/** Presses j until the row has the focus, then Enter. */
async function walkTo(page: Page, row: Locator): Promise<void> {
  await expect(row).toBeVisible();
  for (let step = 0; step < 60; step++) {
    await page.keyboard.press("j");
    if (await row.evaluate((element) => element === document.activeElement)) return page.keyboard.press("Enter");
  }
  throw new Error("The row was not reached with j.");
}

for (const [hand, way, theme] of [
  ["by mouse, light", byMouse, "light"],
  ["by keyboard, dark", byKeyboard, "dark"],
] as const) {
  test.describe(hand, () => {
    test.use({ viewport: { width: 1440, height: 900 }, colorScheme: theme });

    test("the five-minute tour follows one order through the whole system", async ({ page, request }) => {
      const order = await placedOrder(request);

      await page.goto("/");
      await expect(page).toHaveURL(/\/local$/);
      await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
      await expect(page.getByRole("link", { name: "order-summary" }).first()).toBeVisible();

      await way.toEventLog(page);
      await expect(page.getByRole("heading", { level: 1, name: "Event log" })).toBeVisible();
      await expect(page.getByRole("table", { name: "Events" }).getByRole("row").nth(5)).toBeVisible();

      // The order under the eye, with the list standing still.
      await page.goto("/local/events?live=off&q=type%3AOrderPlaced");
      const shown = page.locator(`a[data-row][href$="${order.id}"]`);
      const id = (await shown.count()) > 0 ? order.id : await newestRow(page);
      await way.openEvent(page, id);
      await expect(page.getByRole("heading", { level: 1, name: "OrderPlaced" })).toBeVisible();
      await expect(page.getByRole("region", { name: "Payload" })).toContainText("customerId");
      await expect(page.getByRole("region", { name: "Causes and effects" })).toBeVisible();

      const processed = page.getByRole("region", { name: "Processed by" });
      for (const consumer of ["order-summary", "orders-per-day", "customer-history"]) {
        await expect(processed.getByRole("link", { name: consumer })).toBeVisible();
      }
      const stream = (
        (await page
          .getByRole("region", { name: "Where" })
          .getByRole("link", { name: /^order-/ })
          .textContent()) ?? ""
      ).trim();

      await way.openTrace(page);
      const steps = page.getByRole("table", { name: "Steps of the trace" });
      await expect(steps.getByText("OrderPlaced").first()).toBeVisible();
      await expect(steps.getByText("order-summary").first()).toBeVisible();

      await way.openStream(page, stream);
      await expect(page.getByRole("heading", { level: 1, name: stream })).toBeVisible();
      const state = page.getByRole("region", { name: "State" });
      await expect(state.getByRole("heading")).toContainText(/State at version \d+/i);
      const before = (await state.getByRole("heading").textContent()) ?? "";
      await way.stepBack(page);
      await expect(state.getByRole("heading")).not.toHaveText(before);

      await way.toProjections(page);
      await expect(page.getByRole("heading", { level: 1, name: "Projections" })).toBeVisible();
      await way.openProjection(page);
      await expect(page.getByRole("heading", { level: 1, name: "order-summary" })).toBeVisible();
      await expect(page.getByRole("table", { name: "Partitions" }).getByRole("row")).toHaveCount(5);
      await expect(page.getByRole("table", { name: "Latest batches" })).toBeVisible();
    });
  });
}

test("a log of one's own is imported with the command line and browsed, types the code does not know included", async ({
  page,
}, info) => {
  const file = path.join(info.outputDir, "ferries.jsonl");
  fs.mkdirSync(info.outputDir, { recursive: true });
  const lines = Array.from({ length: 40 }, (_, i) =>
    JSON.stringify({
      specversion: "1.0",
      id: `ferry-${i}`,
      source: "/harbour",
      type: i % 2 === 0 ? "FerryDeparted" : "FerryArrived",
      subject: `ferry-${i % 4}`,
      time: `2026-05-0${1 + (i % 9)}T08:00:00Z`,
      data: { pier: i % 4, passengers: 20 + i },
    }),
  );
  fs.writeFileSync(file, `${lines.join("\n")}\n`);

  const importing = () => cli(["import", file, "--json"]);
  importing();
  await page.goto("/local/streams/ferry-1");
  await expect(page.getByRole("heading", { level: 1, name: "ferry-1" })).toBeVisible();
  await page.goto("/local/events?live=off&q=type%3AFerryDeparted");
  await expect(page.locator("a[data-row]")).toHaveCount(20);
  await page.locator("a[data-row]").first().click();
  await expect(page.getByRole("region", { name: "Payload" })).toContainText("passengers");

  // Again: nothing is doubled.
  importing();
  await page.goto("/local/events?live=off&q=type%3AFerryDeparted");
  await expect(page.locator("a[data-row]")).toHaveCount(20);
});

async function newestRow(page: Page): Promise<string> {
  const href = await page.locator("a[data-row]").first().getAttribute("href");
  return href?.split("/").at(-1) ?? "";
}

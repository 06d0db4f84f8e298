import { expect, type Page, test } from "@playwright/test";
import { placedOrder } from "./example";

// A page is read, and acted on, before its scripts have come: nothing that is pressed by then may be lost.
test.use({ viewport: { width: 1440, height: 900 } });

/** Opens a page whose scripts do not come before `act` is done. */
async function beforeScripts(page: Page, address: string, act: () => Promise<void>): Promise<void> {
  let release: (() => void) | undefined;
  const done = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route("**/_next/static/**/*.js", async (route) => {
    await done;
    await route.continue();
  });
  await page.goto(address, { waitUntil: "commit" });
  await act();
  release?.();
}

test("an act that is pressed before the page has come to life is done, once", async ({ page }) => {
  const acts: string[] = [];
  page.on("request", (request) => {
    if (request.method() === "POST") acts.push(new URL(request.url()).pathname);
  });
  const pause = page.getByRole("button", { name: "Pause", exact: true });
  const resume = page.getByRole("button", { name: "Resume", exact: true });
  try {
    await beforeScripts(page, "/local/processes/order-fulfilment?live=off", async () => {
      await pause.click();
      await expect(pause).toHaveAttribute("aria-busy", "true");
      await pause.click();
    });
    await expect(resume).toBeVisible();
    expect(acts).toEqual(["/api/v1/local/processes/order-fulfilment/pause"]);
  } finally {
    await resume.click();
  }
  await expect(pause).toBeVisible();
});

test("a sheet opens and a form is sent by its own code, however early they are asked for", async ({ page }) => {
  await beforeScripts(page, "/local/runs?live=off", () =>
    page.getByRole("button", { name: "Verify the log…" }).click(),
  );
  await expect(page.getByRole("dialog", { name: "Verify the log" })).toBeVisible();

  await beforeScripts(page, "/local/schema/ItemAdded/2", () => page.getByRole("button", { name: "Read it" }).click());
  await expect(page.getByText("ItemAdded v2 → ItemAdded v3")).toBeVisible();
  await expect(page).toHaveURL(/\/local\/schema\/ItemAdded\/2$/);
});

test("a key that is pressed before the page has come to life is not lost", async ({ page, request }) => {
  const { stream } = await placedOrder(request);
  await beforeScripts(page, `/local/streams/${encodeURIComponent(stream)}?live=off&version=3`, async () => {
    await expect(page.locator("h1", { hasText: stream })).toBeAttached();
    await page.keyboard.press("ArrowLeft");
  });
  await expect(page).toHaveURL(/version=2/);
});

test("what is typed behind a key that leads into a field stands in the field, however early", async ({
  page,
  request,
}) => {
  const { position, stream } = await placedOrder(request);
  const events = "/local/events?live=off";
  await beforeScripts(page, events, async () => {
    // While the page is coming there may be two: its outline's and, unseen, its own.
    await expect(page.locator("h1").first()).toBeAttached();
    await page.keyboard.press("t");
    await page.keyboard.press("Shift");
    await page.keyboard.type(`#${position}0`);
    await page.keyboard.press("Backspace");
    await page.keyboard.press("Enter");
  });
  await expect(page).toHaveURL(new RegExp(`before=${BigInt(position) + 1n}$`));

  // A person who presses into the field is there before the page is.
  const filter = page
    .getByRole("textbox", { name: "Filter events" })
    .or(page.getByRole("combobox", { name: "Filter events" }));
  await beforeScripts(page, events, async () => {
    await filter.click();
    await page.keyboard.type(`stream:${stream}`);
  });
  await expect(page.getByRole("button", { name: "Clear the filter" })).toBeVisible();
  await filter.press("Enter");
  await expect(page).toHaveURL(new RegExp(`stream%3A${stream}`));
});

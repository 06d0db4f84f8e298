import { expect, test } from "@playwright/test";
import { placedOrder } from "./example";

test("a key pressed before the page has come to life is not lost", async ({ page, request }) => {
  const { stream } = await placedOrder(request);
  // Nothing of the page's own scripts arrives before the key is pressed.
  let release: (() => void) | undefined;
  const pressed = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route("**/_next/static/**/*.js", async (route) => {
    await pressed;
    await route.continue();
  });
  await page.goto(`/local/streams/${encodeURIComponent(stream)}?live=off&version=3`, { waitUntil: "commit" });
  await expect(page.locator("h1", { hasText: stream })).toBeAttached();
  await page.keyboard.press("ArrowLeft");
  release?.();
  await expect(page).toHaveURL(/version=2/);
});

test("a snapshot that is taken now shows as a mark at the head", async ({ page, request }) => {
  const { streams } = await (await request.get("/api/v1/local/streams?category=inventory&limit=1")).json();
  const stream: string = streams[0].stream;
  await page.goto(`/local/streams/${encodeURIComponent(stream)}?live=off`);
  await page.getByRole("button", { name: "Snapshot now…" }).click();
  await page.getByRole("button", { name: `Take a snapshot of ${stream} in local` }).click();
  await expect(page.getByRole("group", { name: "Time travel" }).getByText(/^Snapshots at versions/)).toBeAttached();
});

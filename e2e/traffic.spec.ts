import { expect, test } from "@playwright/test";

test.use({ viewport: { width: 1440, height: 900 } });

test("the demo traffic stops on one click and starts again on another", async ({ page, request }) => {
  const state = async () => (await (await request.get("/api/v1/local/traffic")).json()).state as string;
  await page.goto("/local");
  const stop = page.getByRole("button", { name: /stop.*traffic/i });
  await stop.click();
  const start = page.getByRole("button", { name: /start.*traffic/i });
  try {
    await expect(start).toBeVisible();
    await expect.poll(state).toBe("stopped");
  } finally {
    await start.click();
  }
  await expect(stop).toBeVisible();
  await expect.poll(state).toBe("running");
});

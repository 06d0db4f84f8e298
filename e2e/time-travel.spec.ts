import { expect, test } from "@playwright/test";

test("a snapshot that is taken now shows as a mark at the head", async ({ page, request }) => {
  const { streams } = await (await request.get("/api/v1/local/streams?category=inventory&limit=1")).json();
  const stream: string = streams[0].stream;
  await page.goto(`/local/streams/${encodeURIComponent(stream)}?live=off`);
  await page.getByRole("button", { name: "Snapshot now…" }).click();
  await page.getByRole("button", { name: `Take a snapshot of ${stream} in local` }).click();
  await expect(page.getByRole("group", { name: "Time travel" }).getByText(/^Snapshots at versions/)).toBeAttached();
});

import { expect, test } from "@playwright/test";
import { placedOrder } from "./example";

test.use({ viewport: { width: 1440, height: 900 } });

test("the proof of an event is recomputed in the browser, and holds only for the event as it was recorded", async ({
  page,
  request,
}) => {
  const order = await placedOrder(request);
  await page.goto(`/local/events/${order.id}`);
  const proof = page.getByRole("region", { name: "Integrity" });
  await expect(proof).toContainText("As it was recorded: recomputed in this browser up to a signed checkpoint.");
  await expect(proof.locator("[data-status=ok]")).toBeVisible();

  // The server shows another event than the one it recorded: its proof, which is genuine, does not fit.
  const shown = `**/api/v1/local/events/${order.id}`;
  await page.route(shown, async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: (await answer.text()).replace('"version":', '"version":1') });
  });
  await page.reload();
  await expect(proof).toContainText("The proof does not hold: this is not the event that was recorded.");
  await page.unroute(shown);
  // And a genuine event under a note that somebody else signed.
  await page.route("**/api/v1/local/integrity/inclusion?*", async (route) => {
    const answer = await route.fetch();
    const forged = (await answer.json()) as { note: string };
    const note = forged.note.replace(/.{8}\n$/, "AAAAAAA=\n");
    await route.fulfill({ response: answer, json: { ...forged, note } });
  });
  await page.reload();
  await expect(proof.locator("[data-status=ok]")).toHaveCount(0);
  await expect(proof).toContainText(/not signed by the log's key|Not checked/);
  await page.unrouteAll();

  await page.reload();
  await proof.getByRole("link", { name: /checkpoint of/ }).click();
  await expect(page.getByRole("region", { name: /^Checkpoint of/ })).toContainText("tidemark.local/");
  await expect(page.getByRole("region", { name: "Keys" })).toContainText("public key");
  await expect(page.locator("h1").first()).toHaveText("Integrity");
  await expect(page.getByText("tree as signed")).toBeVisible();
  await page.getByRole("link", { name: "Pause updates" }).click();
  await page.keyboard.press("v");
  await page.getByRole("button", { name: "Verify the log" }).click();
  await expect
    .poll(async () => {
      const runs = await request.get("/api/v1/local/runs?kind=verify-log&limit=1");
      const { state, problems } = (await runs.json()).runs[0] ?? {};
      return `${state} ${problems}`;
    })
    .toBe("succeeded 0");
  await page.reload();
  await expect(page.getByRole("region", { name: "How it stands" })).toContainText("no fault");
});

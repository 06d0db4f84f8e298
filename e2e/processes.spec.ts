import { expect, test } from "@playwright/test";
import { instance } from "./instance";

test("a process is drawn as its code declares it, is stopped on one press, and goes on with another", async ({
  page,
  request,
}) => {
  const state = async () => (await (await request.get("/api/v1/local/processes/order-fulfilment")).json()).state;
  await page.goto("/local/processes/order-fulfilment?live=off");
  const diagram = page.getByRole("group", { name: "Stages of order-fulfilment" });
  await expect(diagram.getByRole("link", { name: /^awaiting payment: \d+ instances? now$/ })).toBeVisible();
  try {
    await page.getByRole("button", { name: "Pause", exact: true }).click();
    await expect(page.getByRole("button", { name: "Resume", exact: true })).toBeVisible();
    expect(await state()).toBe("paused");
  } finally {
    await page.getByRole("button", { name: "Resume", exact: true }).click();
  }
  await expect(page.getByRole("button", { name: "Pause", exact: true })).toBeVisible();
  expect(await state()).toBe("running");

  await diagram.getByRole("link", { name: /^awaiting payment/ }).click();
  await expect(page).toHaveURL(/stage=awaiting\+payment|stage=awaiting%20payment/);
});

test("on a phone the stages stand one below the other, and nothing scrolls sideways", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto("/local/processes/order-fulfilment?live=off");
  const stages = page.getByRole("list", { name: "Stages of order-fulfilment" });
  const links = stages.getByRole("link");
  await expect(links.first()).toHaveAccessibleName(/^reserving stock: \d+ instances? now$/);
  await expect(page.getByRole("group", { name: "Stages of order-fulfilment" })).toBeHidden();
  for (const link of await links.all()) {
    const box = await link.boundingBox();
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(390);
    expect(box?.height).toBeGreaterThanOrEqual(44);
  }
  expect(await stages.evaluate((list) => list.scrollWidth - list.clientWidth)).toBeLessThanOrEqual(0);
  await links.filter({ hasText: "awaiting payment" }).click();
  await expect(page).toHaveURL(/stage=awaiting(\+|%20)payment/);
});

test("an instance that is named like an act of its process can be read", async ({ request }) => {
  const headers = { authorization: `Bearer ${instance.token}` };
  for (const name of ["pause", "resume"]) {
    const answer = await request.get(`/api/v1/local/processes/order-fulfilment/${name}`);
    expect(await answer.json(), name).toMatchObject({
      status: 404,
      detail: expect.stringContaining("process instance"),
    });
    const act = await request.post(`/api/v1/local/processes/order-fulfilment/${name}/nudge`, { headers, data: {} });
    expect(await act.json(), name).toMatchObject({ status: 404, detail: expect.stringContaining("process instance") });
  }
});

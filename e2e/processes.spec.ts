import { expect, test } from "@playwright/test";

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

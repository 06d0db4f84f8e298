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

import { expect, test } from "@playwright/test";

test("a command is sent from its form, its faults stand beside their fields, and the read model is seen to follow", async ({
  page,
}) => {
  await page.goto("/local/commands/order.OpenCart");
  const id = `form-${Date.now()}`;
  await page.getByLabel(/^id of the stream/).fill(id);
  await page.getByRole("button", { name: "Send OpenCart" }).click();
  await expect(page.getByLabel(/^email/)).toHaveAttribute("aria-invalid", "true");

  await page.getByLabel(/^customerId/).fill("c-form");
  await page.getByLabel(/^name/).fill("Ada Byron");
  await page.getByLabel(/^email/).fill("ada@example.org");
  await page.getByRole("button", { name: "Try it, dry" }).click();
  await expect(page.getByText("It would lead to")).toBeVisible();
  await expect(page.getByText("Nothing was stored.", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Send OpenCart" }).click();
  await expect(page.getByText("Carried out", { exact: true })).toBeVisible();
  await expect(page.getByText("order-summary has your change", { exact: false }).first()).toBeVisible();

  await page.getByRole("link", { name: "rows" }).first().click();
  await expect(page.getByRole("heading", { name: "Rows" })).toBeVisible();
  await page.getByRole("textbox", { name: "key" }).fill(`order-${id}`);
  await page.getByRole("button", { name: "Find" }).click();
  await expect(page.getByRole("cell", { name: "cart", exact: true })).toBeVisible();
});

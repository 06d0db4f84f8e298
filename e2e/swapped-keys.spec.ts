import { expect, test } from "@playwright/test";

test("two keys that were swapped in the profile mean each other on every page, until they are put back", async ({
  page,
}) => {
  await page.goto("/local/settings/profile");
  await page.getByLabel("One key").fill("j");
  await page.getByLabel("The other key").fill("x");
  await page.getByRole("button", { name: "Swap", exact: true }).click();
  await expect(page.getByRole("list", { name: "Swapped keys" })).toContainText("j⇄x");

  await page.goto("/local/streams");
  await expect(page.locator("a[data-row]").first()).toBeVisible();
  const chosen = page.locator("a[data-row]:focus");
  await page.keyboard.press("j");
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keyboard" });
  await expect(help.getByText("Next, previous row").locator("xpath=following-sibling::dd")).toHaveText("xk");
  await page.keyboard.press("Escape");
  await expect(help).toBeHidden();
  await expect(chosen).toHaveCount(0);
  await page.keyboard.press("x");
  await expect(chosen).toHaveCount(1);

  await page.goto("/local/settings/profile");
  await page.getByRole("button", { name: "Put j and x back" }).click();
  await expect(page.getByRole("list", { name: "Swapped keys" })).toHaveCount(0);
});

import { expect, type Page, test } from "@playwright/test";
import { placedOrder } from "./example";

test.use({ viewport: { width: 1440, height: 900 } });

const projection = "/local/projections/order-summary?live=off";
const generations = (page: Page) => page.getByRole("table", { name: "Generations" });

/** The number of the generation in a state. */
async function generationIn(page: Page, state: "live" | "kept"): Promise<string> {
  const row = generations(page)
    .getByRole("row")
    .filter({ has: page.getByText(state, { exact: true }) });
  return /^\d+/.exec(((await row.first().getByRole("cell").first().textContent()) ?? "").trim())?.[0] ?? "";
}

/** Opens the sheet of an act and confirms it. */
async function act(page: Page, label: string, confirm: string): Promise<void> {
  await page
    .getByRole("button", { name: `${label}…` })
    .first()
    .click();
  const sheet = page.getByRole("dialog", { name: confirm });
  await sheet.getByLabel("Reason").fill("the release asks for it");
  await sheet.getByRole("button", { name: `${confirm} in local` }).click();
  await expect(sheet).toBeHidden({ timeout: 15_000 });
}

test("a rebuild is planned, approved, watched, compared, promoted and gone back from, by its pages alone", async ({
  page,
  request,
}) => {
  await placedOrder(request);
  await page.goto(projection);
  const before = await generationIn(page, "live");

  await page.getByRole("link", { name: "Rebuild…" }).click();
  await expect(page.getByRole("radio", { name: /^Ask me/ })).toBeChecked();
  await page.getByRole("button", { name: "Choose the scope" }).click();
  await expect(page.getByRole("radio", { name: /^Everything/ })).toBeChecked();
  await page.getByRole("button", { name: "Try it on a sample" }).click();
  await expect(page.getByText(/of a sample, folded anew with today's code/)).toBeVisible();
  await page.getByRole("link", { name: "Review the plan" }).click();

  const plan = page.getByRole("region", { name: "What will happen" });
  await expect(plan).toContainText(`stay on generation ${before}`);
  await expect(plan).toContainText("Cancel at any time");
  await page.getByLabel("Reason").fill("the release asks for it");
  await page.getByRole("button", { name: /^Rebuild order-summary from .* events in local$/ }).click();

  // The run: phases, what comparing found, and the question.
  const title = page.getByRole("heading", { level: 1, name: /^Rebuild R-\d+$/ });
  await expect(title).toBeVisible();
  const run = /\d+/.exec((await title.textContent()) ?? "")?.[0] ?? "";
  await expect(page.getByRole("list", { name: "Phases" }).getByRole("listitem")).toHaveText([
    ...[/^1\. prepare/, /^2\. replay/, /^3\. catch-up/, /^4\. verify/, /^5\. swap/],
  ]);
  const state = page.locator("#main [data-status]").first();
  await expect(state).toHaveText("awaits your decision", { timeout: 20_000 });
  await expect(page.getByText(/rows are equal|all [\d,]+ rows/i).first()).toBeVisible();
  await act(page, "Promote", `Promote R-${run}`);
  await expect(state).toHaveText("succeeded");

  await page.getByRole("link", { name: `All about R-${run}` }).click();
  await page.getByRole("region", { name: "About this run" }).getByRole("link", { name: "order-summary" }).click();
  await expect(generations(page)).toContainText(`run ${run}`);
  const after = await generationIn(page, "live");
  expect(Number(after)).toBeGreaterThan(Number(before));
  expect(await generationIn(page, "kept")).toBe(before);

  await generations(page)
    .getByRole("link", { name: `run ${run}` })
    .first()
    .click();
  await act(page, "Revert", `Revert R-${run}`);
  await expect(page.getByRole("button", { name: "Revert…" })).toHaveCount(0);
  await page.goto(projection);
  expect(await generationIn(page, "live")).toBe(before);
  await act(page, "Retire", `Retire generation ${after}`);
  await expect(generations(page).getByText("kept", { exact: true })).toHaveCount(0);
});

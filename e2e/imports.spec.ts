import fs from "node:fs";
import path from "node:path";
import { expect, type Page, test } from "@playwright/test";
import { call } from "./command-line";

test.use({ viewport: { width: 1440, height: 900 } });

const ferry = (n: number) =>
  JSON.stringify({
    ...{
      specversion: "1.0",
      id: `crossing-${n}`,
      source: "/harbour",
      type: "FerryCrossed",
      subject: `crossing-${n % 50}`,
    },
    ...{ time: "2026-05-01T08:00:00Z", data: { pier: n % 4, passengers: n } },
  });
const ferries = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => `${ferry(from + n)}\n`).join("");

/** Opens the sheet of an act on a run, says why, and confirms it. */
async function act(page: Page, label: string, confirm: string, fill?: { label: RegExp; value: string }): Promise<void> {
  await page.getByRole("button", { name: `${label}…` }).click();
  const sheet = page.getByRole("dialog", { name: new RegExp(`^${confirm}`) });
  if (fill) await sheet.getByLabel(fill.label).fill(fill.value);
  await sheet.getByLabel("Reason").fill("the harbour master asked");
  await sheet.getByRole("button", { name: new RegExp(`^${confirm} .*in local$`) }).click();
}

test("an import that had to refuse lines says so in the list and on its page, line by line, and calls nothing a plain success", async ({
  page,
}, info) => {
  const lines = Array.from({ length: 300 }, (_, n) => ferry(n));
  lines[6] = "a line that is no JSON";
  lines[19] = JSON.stringify({ specversion: "1.0", id: "x", source: "/harbour", type: "FerryCrossed" });
  const file = path.join(info.outputDir, "crossings.jsonl");
  fs.mkdirSync(info.outputDir, { recursive: true });
  fs.writeFileSync(file, `${lines.join("\n")}\n`);
  const importing = call(["import", file, "--reason", "the old harbour log"]);
  expect(await importing.code).not.toBe(0);
  const run = /Its run is (\d+)/.exec(importing.said())?.[1] ?? "";

  await page.goto("/local/runs?live=off&kind=import");
  const row = page.getByRole("row", { name: new RegExp(`R-${run} import of crossings.jsonl`) });
  await expect(row.locator("[data-status]")).toHaveAttribute("data-status", "warn");
  await expect(row.locator("[data-status]")).toHaveText("finished");
  await expect(row).toContainText("the old harbour log");
  await row.getByRole("link", { name: "2 lines refused" }).click();

  await expect(page).toHaveURL(new RegExp(`/local/runs/${run}#problems$`));
  const refused = page.getByRole("table", { name: "Refused lines 2" });
  await expect(refused).toBeInViewport();
  await expect(refused.getByRole("row", { name: /^7 / })).toContainText("JSON");
  await expect(refused.getByRole("row", { name: /^20 / })).toContainText("subject");
  await expect(page.getByRole("list", { name: "Phases" }).getByText("needs a look")).toBeAttached();
  await expect(page.getByRole("progressbar")).toHaveAttribute("aria-valuenow", "100");
  const about = page.getByRole("region", { name: "About this run" });
  await expect(about).toContainText("298 events");
  await expect(about.getByRole("link", { name: "2 lines refused" })).toBeVisible();
});

test("an import is slowed down, paused and resumed from its page, while whoever sends the file waits", async ({
  page,
  request,
}) => {
  const importing = call(["import", "-"]);
  // The first thousand lines go out when there is one more.
  importing.feed(ferries(1_000, 2_001));
  await page.goto("/local/runs?kind=import&state=live");
  const link = page.getByRole("link", { name: /^R-\d+ import$/ });
  const run = /R-(\d+)/.exec((await link.textContent()) ?? "")?.[1] ?? "";
  const standing = async () => (await request.get(`/api/v1/local/runs/${run}`)).json();
  await link.click();
  await expect(page.getByRole("heading", { level: 1, name: `R-${run} import of the input` })).toBeVisible();
  await expect(page.getByText(/1,000 lines|1,000 of ≈ [\d,]+ lines/)).toBeVisible();
  await expect(page.getByRole("listitem").filter({ hasText: "1. store" })).toHaveAttribute("aria-current", "step");

  await act(page, "Throttle", "Throttle", { label: /^At most/, value: "4000" });
  await expect(page.getByText("at most 4,000/s")).toBeVisible();

  const pausing = act(page, "Pause", `Pause R-${run}`);
  await expect.poll(async () => (await standing()).wanted).toBe("pause");
  // As many as make the next part, and one more.
  importing.feed(ferries(2_001, 18_100));
  await pausing;
  const state = page.locator("#main [data-status]").first();
  await expect(state).toHaveText("paused");
  await expect.poll(importing.said).toContain(`Run ${run} is paused. Waiting until somebody resumes it`);
  expect((await standing()).done).toBe(1_000);

  await act(page, "Resume", `Resume R-${run}`);
  await expect.poll(async () => (await standing()).done, { timeout: 15_000 }).toBeGreaterThan(1_000);
  importing.end();
  expect(await importing.code, importing.said()).toBe(0);
  await expect(state).toHaveText("succeeded");
  await expect(state).toHaveAttribute("data-status", "ok");
  await expect(page.getByRole("region", { name: "Log, newest first" })).toContainText("17100 lines: 17100 stored");
  await expect(page.getByRole("list", { name: "Runs that have ended" })).toContainText(`R-${run} import`);
});

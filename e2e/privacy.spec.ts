import fs from "node:fs";
import path from "node:path";
import { expect, type Page, test } from "@playwright/test";
import pg from "pg";
import { addressOf } from "@/lib/embedded/address-of";
import { instance } from "./instance";
import { askedFor, newOrder, newPerson } from "./person";

// The console is one person here, the service token another: what the service asks for, the console may approve.
test.use({ viewport: { width: 1440, height: 900 } });

const windows = [1440, 1024, 800, 390].flatMap((width) =>
  [900, 844, 620, 500].map((height) => [width, height] as const),
);

/** Gives an element the focus, and says whether its middle then can be pressed. */
function isInSight(element: HTMLElement): boolean {
  element.blur();
  window.scrollTo(0, 0);
  element.focus();
  const { left, top, width, height } = element.getBoundingClientRect();
  const at = document.elementFromPoint(left + width / 2, top + height / 2);
  return at !== null && element.contains(at);
}

/** Fills in the open sheet's reason, and confirms. */
async function confirm(page: Page, button: RegExp, reason: string): Promise<void> {
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("Reason", { exact: true }).fill(reason);
  await sheet.getByRole("button", { name: button }).click();
}

test("a person is found without being named in any address, seen for a reason, asked for, approved by another, forgotten, and the certificate holds", async ({
  page,
  request,
}, info) => {
  // A shred, its rebuilds and its proof, one after the other, on whatever machine.
  test.setTimeout(120_000);
  const ada = await newPerson(request, "ada");
  const addresses: string[] = [];
  page.on("request", (asked) => addresses.push(asked.url()));
  const own = page.getByLabel("Person's id, as it stands in events");

  await page.goto("/local/privacy/subjects");
  await own.fill(ada.subject);
  await page.getByRole("button", { name: "Find", exact: true }).click();
  await expect(page).toHaveURL(/\/privacy\/subjects\/[0-9a-f]{64}$/);
  await expect(page.getByRole("table", { name: "Events of the person" })).toContainText("CartOpened");
  await page.getByRole("link", { name: "streams", exact: true }).click();
  await expect(page.getByRole("table", { name: "Streams of the person" })).toContainText(`order-of-${ada.subject}`);
  await page.getByRole("link", { name: "events", exact: true }).click();
  const revealed = page.getByRole("region", { name: "Revealed personal data" });
  await page.getByRole("button", { name: "Look a value up…" }).click();
  await page.getByRole("dialog").getByLabel("Value").fill("Ada King");
  await confirm(page, /^Look for this value/, "she says that her name is written so");
  await expect(revealed).toContainText("It stands in 1 event");
  await expect(revealed).toContainText(`order-of-${ada.subject}`);
  await revealed.getByRole("button", { name: "Hide" }).click();
  await page.getByRole("button", { name: "Reveal…" }).click();
  await confirm(page, /^Reveal personal data in/, "she asks what we hold");
  await expect(revealed).toContainText("Ada King");
  const here = page.url();
  await page.getByRole("button", { name: "Export…" }).click();
  await confirm(page, /^Export what is held about this person/, "she asks for a copy");
  await expect(page.getByText("personal fields of one person opened")).toBeVisible({ timeout: 30_000 });
  await page.goto(here);
  await page.getByRole("link", { name: "Forget this person…" }).click();
  await expect(revealed).toHaveCount(0);

  // Asked for here, it is never offered for approval here.
  await own.fill("somebody-else");
  await page.getByLabel("Reason", { exact: true }).fill("her letter of 3 May");
  await page.getByRole("button", { name: "Find what it would touch" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "somebody else's" })).toBeVisible();
  await own.fill(ada.subject);
  await page.getByLabel("Cooling off").selectOption("0");
  await page.getByRole("button", { name: "Find what it would touch" }).click();
  await page.getByRole("link", { name: "Go on to confirm" }).click({ timeout: 30_000 });
  await expect(page.getByText("You asked for this, so somebody else approves it")).toBeVisible();
  await expect(page.getByRole("form", { name: "Approval" })).toHaveCount(0);
  await page.getByRole("button", { name: "Refuse…" }).click();
  await confirm(page, /^Refuse the request/, "the service asks");
  await expect(page.getByText("It was refused")).toBeVisible();

  // Approved with time to think, it can be taken back; nothing has happened.
  const early = await askedFor(request, ada, { coolingMinutes: 60 });
  const typed = page.getByLabel("To confirm, type the person's id");
  const approve = page.getByRole("button", { name: /^Destroy 1 key under 1 event in local, for good/ });
  await page.goto(`/local/privacy/requests/${early}?step=confirm`);
  await expect(page.getByText("It begins 1 h after the approval")).toBeVisible();
  await typed.fill(ada.subject);
  await approve.click();
  await expect(page.getByText(/^in (1 h|\d+ m), after 1 h of cooling off$/)).toBeVisible();
  await page.getByRole("button", { name: "Withdraw…" }).click();
  await confirm(page, /^Withdraw the approval/, "she thought better of it");
  await expect(page.getByText("It was approved, and withdrawn before anything was destroyed")).toBeVisible();

  const id = await askedFor(request, ada);
  // Another tab shows what it was told of her, and hears that she is forgotten.
  const shown = await page.context().newPage();
  await shown.goto(`/local/events/${ada.event}`);
  await shown.getByRole("button", { name: "Reveal…" }).click();
  await confirm(shown, /^Reveal personal data/, "she asks once more");
  await expect(shown.getByRole("region", { name: "Revealed personal data" })).toContainText("Ada King");
  await page.goto(`/local/privacy/requests/${id}?step=confirm`);
  await typed.fill("somebody-else");
  await approve.click();
  await expect(page.getByRole("alert").filter({ hasText: "somebody else's" })).toBeVisible();
  await typed.fill(ada.subject);
  await approve.click();
  await expect(page).toHaveURL(/step=shred/);
  await page.getByRole("link", { name: "5 Proof" }).click({ timeout: 40_000 });
  await expect(shown.getByRole("region", { name: "Revealed personal data" })).toHaveCount(0);
  await expect(shown.getByRole("region", { name: "Payload" }).getByText(/^forgotten on 20/)).toHaveCount(2);
  await shown.close();
  await expect(page.getByText("It holds: signed by the log's key, and 1 of 1 events cannot be read.")).toBeVisible();
  await expect(page.getByRole("region", { name: "What it says" })).toContainText("Art. 17 (1)(b) GDPR");
  // On paper it is a document: what it says and how it is checked, without what only a screen can use.
  await page.emulateMedia({ media: "print" });
  await expect(page.getByText(/^Signed by .*, key id [0-9a-f]{8}, Ed25519$/)).toBeVisible();
  for (const role of ["button", "navigation", "banner"] as const) await expect(page.getByRole(role)).toHaveCount(0);
  await page.emulateMedia({ media: "screen" });
  await page.reload();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download the certificate" }).click(),
  ]);
  const file = info.outputPath("certificate.txt");
  await download.saveAs(file);
  fs.writeFileSync(`${file}-altered`, fs.readFileSync(file, "utf8").replace('"late":0', '"late":7'));
  await page.getByLabel("Check one that you hold:").setInputFiles(`${file}-altered`);
  await expect(page.getByText("certificate.txt-altered: It does not hold.")).toBeVisible();

  const audit = await (await request.get("/api/v1/local/audit?limit=20")).text();
  expect(audit).toContain("reveal-personal-data");
  expect(audit).not.toContain(ada.subject);
  expect(addresses.filter((address) => address.includes(ada.subject) && !address.includes("order-of-"))).toEqual([]);
});

test("a request whose run has begun is withdrawn while no key is destroyed, and its run ends with it", async ({
  page,
  request,
}) => {
  const ada = await newPerson(request, "undecided");
  const id = await askedFor(request, ada, { coolingMinutes: 60 });
  await page.goto(`/local/privacy/requests/${id}?step=confirm`);
  await page.getByLabel("To confirm, type the person's id").fill(ada.subject);
  await page.getByRole("button", { name: /^Destroy 1 key/ }).click();
  await expect(page.getByRole("button", { name: "Withdraw…" })).toBeVisible();
  // The hour is over, and the run stands before its last look at holds: somebody is about to set one.
  const folder = path.join(instance.dataDirectory, "postgres");
  const database = new pg.Client({ connectionString: addressOf(folder, "tidemark") });
  await database.connect();
  try {
    await database.query("begin");
    await database.query(
      "select pg_advisory_xact_lock(hashtextextended('tidemark person ' || subject, 0)) from tidemark.shred_requests where id = $1",
      [id],
    );
    const clock = new pg.Client({ connectionString: addressOf(folder, "tidemark") });
    await clock.connect();
    await clock.query(
      `begin; alter table tidemark.shred_requests disable trigger shred_requests_cooling;
       update tidemark.shred_requests set approved_at = approved_at - interval '1 hour', begins_at = begins_at - interval '1 hour' where id = '${id}';
       alter table tidemark.shred_requests enable trigger shred_requests_cooling; commit`,
    );
    await clock.end();
    await expect(page.getByText("Until that is done it can be withdrawn.")).toBeVisible({ timeout: 20_000 });
    await page.getByRole("button", { name: "Withdraw…" }).click();
    await confirm(page, /^Withdraw the approval/, "she thought better of it");
    await expect(page.getByText("It was approved, and withdrawn before anything was destroyed")).toBeVisible();
  } finally {
    await database.query("rollback");
    await database.end();
  }
  await expect(page.getByRole("main").getByText("cancelled", { exact: true }).first()).toBeVisible({ timeout: 20_000 });
  await page.goto(`/local/events/${ada.event}`);
  await expect(page.getByRole("region", { name: "Payload" }).getByText(/^forgotten/)).toHaveCount(0);
});

test("where an order goes is masked in every look at its state, shown to an officer who says why, and gone when it is hidden", async ({
  page,
  request,
}) => {
  const { stream } = await newOrder(request);
  const state = page.getByRole("region", { name: "State", exact: true });
  // The version that says where it goes: the fulfilment may have gone on.
  const placed = `/local/streams/${stream}?live=off&version=3`;
  await page.goto(placed);
  await expect(state.getByText("personal data, masked")).toHaveCount(4);
  await expect(state).toContainText("GB");
  // However high the window is, what has the focus is not behind the bar of versions.
  for (const [width, height] of windows) {
    await page.setViewportSize({ width, height });
    await expect.poll(() => state.getByRole("button", { name: "Reveal…" }).evaluate(isInSight)).toBe(true);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  for (const view of ["diff", "raw", "blame", "tree"]) {
    await page.goto(`${placed}&view=${view}`);
    await expect(state.getByText(/personal data, masked/).first()).toBeVisible();
    expect(await page.content()).not.toMatch(/Mill Lane|CB1 2AB/);
  }
  await state.getByRole("button", { name: "Reveal…" }).click();
  await confirm(page, /^Reveal personal data of this state/, "the carrier cannot read the label");
  const revealed = page.getByRole("region", { name: "Revealed personal data" });
  await expect(revealed).toContainText("12 Mill Lane");
  await revealed.getByRole("button", { name: "Hide" }).click();
  await expect(revealed).toHaveCount(0);
  expect(await page.content()).not.toContain("Mill Lane");
  const audit = await (await request.get("/api/v1/local/audit?limit=5")).text();
  expect(audit).toContain("reveal-state");
  expect(audit).not.toContain("Mill Lane");
});

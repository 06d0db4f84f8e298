import AxeBuilder from "@axe-core/playwright";
import { type APIRequestContext, expect, type Page, test } from "@playwright/test";
import { instance } from "./instance";
import { sizes } from "./pages";
import { causes, settle } from "./poison";

test.use({ viewport: { width: 1440, height: 900 } });
test.beforeEach(({ request }) => endSilences(request));
test.afterEach(async ({ request }) => {
  await settle(request);
  await endSilences(request);
});

const headers = { authorization: `Bearer ${instance.token}` };
const api = (path: string) => `${instance.url}/api/v1/local${path}`;

type Alert = {
  readonly id: string;
  readonly rule: string;
  readonly value: number;
  readonly cause: {
    readonly consumer?: string;
    readonly group?: string;
    readonly event?: { readonly eventId: string };
  };
};

async function alertsIn(request: APIRequestContext, state: string): Promise<readonly Alert[]> {
  const answer = await request.get(api(`/alerts?state=${state}`), { headers });
  return (await answer.json()).alerts;
}

/** A silence outlasts its alert: whoever comes next would not be told. */
async function endSilences(request: APIRequestContext): Promise<void> {
  for (const state of ["open", "resolved"]) {
    for (const { id, rule } of await alertsIn(request, state)) {
      if (rule !== "dead-letters-parked") continue;
      await request.post(api(`/alerts/${id}/unsilence`), { headers, data: { reason: "the drill is over" } });
    }
  }
}

test("poison fires an alert; from its link to the event is one press; it is taken up and silenced by keys", async ({
  page,
  request,
}) => {
  await settle(request);
  await request.post(api("/traffic/poison"), { headers, data: { events: 3 } });
  const find = async () =>
    (await alertsIn(request, "firing")).find(
      ({ rule, cause }) => rule === "dead-letters-parked" && cause.consumer === "order-summary",
    );
  // All of them: while some are still to be parked, one of these may turn out to be the first, and be named from then on.
  const tellsOfAll = async () => {
    const found = await find();
    const cause = (await causes(request)).find(({ group }) => group === found?.cause.group);
    return found !== undefined && found.value >= 3 && found.value === cause?.parked;
  };
  await expect.poll(tellsOfAll, { timeout: 60_000 }).toBe(true);
  const alert = await find();
  if (!alert?.cause.event) throw new Error("the alert names no event");

  test.setTimeout(180_000);
  // The link in a notice; then one press, counted, to the offending event.
  await page.goto(`/local/alerts/${alert.id}?live=off`);
  await expect(page.getByRole("region", { name: "The event" })).toContainText("order-");
  await expectAccessible(page);
  const link = page.getByRole("link", { name: "Open the event" });
  await expect(link).toBeFocused();
  const presses = await pressed(page, ["Enter"]);
  await expect(page).toHaveURL(new RegExp(`/local/events/${alert.cause.event.eventId}`));
  expect(presses).toBeLessThanOrEqual(2);

  // From the list it is one press as well.
  await page.goto("/local/alerts?live=off");
  await page
    .getByRole("link", { name: /^Open the event: \d+ parked in order-summary/ })
    .first()
    .click();
  await expect(page).toHaveURL(new RegExp(`/local/events/${alert.cause.event.eventId}`));

  // From there to its trace, to what the read model did with it, to the partition of that: four presses in all.
  await expect(page.getByRole("link", { name: "Open the trace" })).toBeVisible();
  await page.keyboard.press("t");
  const steps = page.getByRole("table", { name: "Steps of the trace" });
  await steps
    .getByRole("link", { name: /order-summary/ })
    .first()
    .click();
  await expect(page.getByRole("link", { name: /^Open partition/ })).toBeVisible();
  await page.keyboard.press("p");
  await expect(page).toHaveURL(/\/local\/projections\/order-summary\?p=\d+/);
  await expect(page.getByRole("table", { name: "Partitions" }).locator("tr[aria-current=true]")).toBeInViewport();

  await page.goto(`/local/alerts/${alert.id}?live=off`);
  await expect(page.getByRole("button", { name: "Acknowledge" })).toBeVisible();
  await page.keyboard.press("a");
  await expect(page.getByRole("table", { name: "Steps" }).getByText("acknowledged")).toBeVisible();
  await page.keyboard.press("z");
  const sheet = page.getByRole("dialog", { name: "Silence this cause" });
  await sheet.getByLabel("Reason").fill("a drill");
  await sheet.getByRole("button", { name: "Silence this cause in local" }).click();
  await expect(page.getByRole("button", { name: "End the silence" })).toBeVisible();

  // The overview when it fired, by a key: the same alert, marked as frozen, and a way back to now.
  await page.keyboard.press("o");
  await expect(page).toHaveURL(/\/local\?at=\d{4}-/);
  await expect(page.getByRole("note")).toContainText("Frozen at");
  await expect(page.getByRole("region", { name: "Needed attention" })).toContainText("set aside in order-summary");
  await page.keyboard.press("b");
  await expect(page).toHaveURL(/\/local$/);

  // What is silenced leaves the badge, and stays on the list with its end.
  await page.keyboard.press("g");
  await page.keyboard.press("a");
  await expect(page).toHaveURL(/\/local\/alerts$/);
  await expect(page.getByRole("row", { name: /parked in order-summary/ }).first()).toContainText("silenced until");
  await settle(request);
  await expect
    .poll(async () => (await (await request.get(api(`/alerts/${alert.id}`), { headers })).json()).alert.state, {
      timeout: 90_000,
    })
    .toBe("resolved");
});

/** In both themes and at both sizes; the page of an alert has no address before there is one. */
async function expectAccessible(page: Page): Promise<void> {
  for (const { width, height } of sizes) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme });
      const { violations } = await new AxeBuilder({ page }).analyze();
      const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
      expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(
        0,
      );
    }
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}

async function pressed(page: Page, keys: readonly string[]): Promise<number> {
  for (const key of keys) await page.keyboard.press(key);
  return keys.length;
}

test("an objective and a rule are set from their pages, and a channel is added and tested", async ({ page }, info) => {
  // Another one each time, so that it is this time's change that is seen.
  const [objective, held] = [12 + info.repeatEachIndex, 25 + info.repeatEachIndex];
  await page.goto("/local/slos?live=off");
  const row = page.getByRole("row", { name: /orders-per-day/ });
  await row.getByRole("button", { name: "Set…" }).click();
  const slo = page.getByRole("dialog", { name: "Set the objective of orders-per-day" });
  await slo.getByLabel("Objective, in seconds").fill(String(objective));
  await slo.getByRole("button", { name: /^Set the objective of orders-per-day in local/ }).click();
  await expect(row).toContainText(`${objective} s`);
  // Its page tells who set it; a stretch of its time leads to the overview of then.
  await row.getByRole("link", { name: "orders-per-day" }).click();
  await expect(page.getByRole("table", { name: "Changes of the objective" })).toContainText(`→ ${objective} s`);
  await page.getByRole("button", { name: "View as table" }).click();
  await page.getByRole("table", { name: "Time over the objective" }).getByRole("link").first().click();
  await expect(page.getByRole("note")).toContainText("Nothing on this page moves");

  await page.goto("/local/alerts?view=rules&live=off");
  const rule = page.getByRole("row", { name: /The high-water mark is held/ });
  await rule.getByRole("button", { name: "Set…" }).click();
  const sheet = page.getByRole("dialog", { name: "Set The high-water mark is held" });
  await sheet.getByLabel("held for (s)").fill(String(held));
  await sheet.getByRole("button", { name: /in local$/ }).click();
  await expect(rule).toContainText(`held for ${held} s (set by`);

  await page.goto("/local/settings/notifications");
  await page.getByRole("button", { name: "Add a channel…" }).click();
  const channel = page.getByRole("dialog", { name: "Add the channel" });
  const name = `on-call-${Date.now()}`;
  await channel.getByLabel("Name").fill(name);
  await channel.getByLabel("Address").fill("http://127.0.0.1:9/hidden-path");
  await channel.getByRole("button", { name: "Make a key" }).click();
  await channel.getByRole("button", { name: "Add the channel in local" }).click();
  const added = page.getByRole("row", { name: new RegExp(name) });
  await expect(added).toContainText("http://127.0.0.1:9/…");
  await page.getByRole("button", { name: `Test ${name}` }).click();
  // Loopback is not reached unless the installation says so.
  await expect(added).toContainText("loopback", { timeout: 20_000 });
  await added.getByRole("button", { name: "Remove…" }).click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /in local$/ })
    .click();
  await expect(added).toHaveCount(0);
  await expect(page.locator("body")).not.toContainText("hidden-path");
});

import { expect, type Page, test } from "@playwright/test";
import { hostileStrings } from "./hostile-strings";
import { instance } from "./instance";

// Whoever appends an event decides what the console shows. Every string of the corpus is stored as the name of a stream, a
// type, an actor, a tenant and a correlation, and as keys and values of payload and metadata.
test.use({ viewport: { width: 1440, height: 900 } });

const tenant = "hostile";
const all = Object.fromEntries(hostileStrings.map((text) => [text, text]));
const cloudEvent = (text: string, n: number) => ({
  ...{ specversion: "1.0", id: `hostile-${n}`, source: text, type: text, subject: text, actor: text },
  ...{
    tenant: n % 2 ? text : tenant,
    correlationid: text,
    data: { [text]: text, nested: [{ [text]: [text] }] },
    [`x${n}`]: text,
  },
});

/** Watches a page for whatever must not happen; the returned list stays empty. */
async function watched(page: Page): Promise<string[]> {
  const faults: string[] = [];
  page.on("dialog", (dialog) => {
    faults.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("pageerror", (error) => faults.push(`an error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`the console: ${message.text()}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(instance.url) && !request.url().startsWith("data:"))
      faults.push(`a request to ${request.url()}`);
  });
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
      console.error(`the policy stopped ${violatedDirective} ${blockedURI}`),
    );
  });
  return faults;
}

/** What makes the page wider than its window: the elements that stand out and have nothing around them that would scroll or cut. */
function wideOnes(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    if (document.documentElement.scrollWidth <= window.innerWidth) return [];
    const out = [...document.querySelectorAll("body *")].filter(
      (element) => element.getBoundingClientRect().right > window.innerWidth + 1,
    );
    return out
      .filter((element) => ![...element.children].some((child) => out.includes(child)))
      .slice(0, 5)
      .map((element) => `${element.parentElement?.className} > ${element.localName}.${element.className}`);
  });
}

test("no page runs, follows or is widened by what an event says", async ({ page, request }) => {
  // A dozen pages in one test: on a machine that does something else they may take long, and it is not about that.
  test.setTimeout(150_000);
  const headers = { authorization: `Bearer ${instance.token}`, "content-type": "application/x-ndjson" };
  const whole = {
    ...cloudEvent("whole", hostileStrings.length),
    subject: "hostile-whole",
    data: all,
    tidemarkmetadata: JSON.stringify(all),
  };
  const lines = [...hostileStrings.map(cloudEvent), whole].map((event) => JSON.stringify(event)).join("\n");
  const imported = await request.post("/api/v1/local/import", { headers, data: lines });
  expect(await imported.json()).toMatchObject({ refused: [] });
  const { events } = await (await request.get(`/api/v1/local/events?stream=hostile-whole`, { headers })).json();
  const faults = await watched(page);

  const at = encodeURIComponent;
  const [script, attribute, wide] = [hostileStrings[31] ?? "", hostileStrings[26] ?? "", "W".repeat(190)];
  const addresses = [
    `/local/events?live=follow&q=${at("tenant:hostile")}`,
    `/local/events?live=off&before=${BigInt(events[0].position) + 1n}`,
    `/local/events?live=off&before=${BigInt(events[0].position) - 45n}`,
    `/local/events/${events[0].id}`,
    `/local/streams?sort=name&prefix=${at("<")}`,
    `/local/streams/${at(script)}`,
    `/local/streams/${at(wide)}?view=diff&version=1&vs=0`,
    `/local/traces/${at(attribute)}`,
    `/local/search?q=${at(script)}`,
    `/local/compare?ids=${at(attribute)},${at(wide)}`,
    `/local/schema`,
    `/local/schema/${at(script)}`,
  ];
  for (const address of addresses) {
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(address);
    await expect(page.locator("h1").first(), address).toBeVisible();
    for (const [width, height] of [
      [1440, 900],
      [390, 844],
    ] as const) {
      await page.setViewportSize({ width, height });
      expect.soft(await wideOnes(page), `${address}: what stands out sideways at ${width}`).toEqual([]);
    }
    // What only acts when it is touched or followed is found by looking for it.
    const planted = await page.evaluate(() =>
      [...document.querySelectorAll("*")].flatMap((element) =>
        [...element.attributes]
          .filter(
            ({ name, value }) =>
              /^on/.test(name) ||
              (/^(href|src|action|formaction|xlink:href|srcdoc)$/.test(name) &&
                /^\s*(javascript|data:text)/i.test(value)),
          )
          .map(({ name, value }) => `<${element.localName} ${name}="${value.slice(0, 60)}">`),
      ),
    );
    expect.soft(planted, address).toEqual([]);
    expect.soft(await page.evaluate(() => "tidemarkRan" in window), `${address} ran a script`).toBe(false);
    expect.soft(new URL(page.url()).origin, address).toBe(instance.url);
    expect.soft(faults.splice(0), address).toEqual([]);
  }

  // What arrives while the page is open is drawn by other code than what it was opened with.
  await page.goto(`/local/events?live=follow&q=${at("tenant:hostile")}`);
  const rows = page.locator("table[aria-label=Events] a[data-row]");
  await expect(rows.first()).toBeVisible();
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  const before = await rows.count();
  const later = hostileStrings
    .map((text, n) => JSON.stringify({ ...cloudEvent(text, 1_000 + 2 * n), id: `later-${n}` }))
    .join("\n");
  expect((await request.post("/api/v1/local/import", { headers, data: later })).ok()).toBe(true);
  await expect.poll(() => rows.count()).toBeGreaterThan(before);
  expect(await page.evaluate(() => "tidemarkRan" in window)).toBe(false);
  expect(faults).toEqual([]);
});

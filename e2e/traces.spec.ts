import { randomUUID } from "node:crypto";
import { type APIRequestContext, expect, test } from "@playwright/test";
import { instance } from "./instance";

/**
 * Sends a command whose trace has its spans and answers with its correlation, which is its trace's id, too. While spans are many,
 * whole traces are left out, by their ids: then another is sent.
 */
async function keptTrace(request: APIRequestContext): Promise<string> {
  const authorization = `Bearer ${instance.token}`;
  let id = "";
  await expect(async () => {
    id = randomUUID();
    const sent = await request.post(`${instance.url}/api/v1/local/commands/order/${id}/OpenCart`, {
      headers: { authorization, "correlation-id": id, traceparent: `00-${id.replaceAll("-", "")}-b7ad6b7169203331-01` },
      data: { customerId: "cust-1", name: "Ada Byron", email: "ada@example.org" },
    });
    expect(sent.ok()).toBe(true);
    // Spans are written once a second, by two processes.
    const names = async () => {
      const answer = await request.get(`${instance.url}/api/v1/local/traces/${id}?spans=true`, {
        headers: { authorization },
      });
      const { spans } = (await answer.json()) as { spans: { spans: { name: string }[] }[] };
      return spans.flatMap((row) => row.spans.map(({ name }) => name));
    };
    await expect.poll(names, { timeout: 6_000 }).toEqual(expect.arrayContaining(["append", "process order-summary"]));
  }).toPass({ timeout: 40_000 });
  return id;
}

test("a trace shows what is inside each of its steps, says so where it does not know, and leads to the back end outside", async ({
  page,
  request,
}) => {
  const id = await keptTrace(request);
  const traceId = id.replaceAll("-", "");

  // Without its first row chosen the page is alive as soon as a key has turned it.
  await page.goto(`/local/traces/${id}?live=off`);
  const steps = page.getByRole("table", { name: "Steps of the trace" });
  await page.keyboard.press("i");
  await expect(page).toHaveURL(/idle=off/);
  const asked: string[] = [];
  page.on("request", (sent) => asked.push(sent.url()));
  await steps.getByRole("link", { name: /^OpenCart/ }).click();
  const panel = page.getByLabel("Details of OpenCart");
  await expect(panel.getByLabel("What the working time went to")).toContainText(/append.*load|load.*append/);
  await expect(steps.getByText("POST /api/v1/{store}/commands/{category}/{id}/{command}")).toBeVisible();
  await expect(steps.getByText("process order-summary")).toBeHidden();
  // The page is not drawn anew for a row that is chosen: only its spans were asked for, once.
  expect(asked.filter((url) => url.includes(`/traces/${id}`))).toEqual([]);
  expect(asked.filter((url) => url.includes("/spans?"))).toHaveLength(1);
  expect(page.url()).toContain("span=command");
  await page.keyboard.press("d");
  await expect(steps.getByText("process order-summary")).toBeVisible();
  await expect(page).toHaveURL(/detail=on/);
  await expect(panel.getByRole("link", { name: "Trace in jaeger.example" })).toHaveAttribute(
    "href",
    `https://jaeger.example/trace/${traceId}`,
  );
});

test("an open trace grows while it is looked at: a timer that waits is called off, and what came of that hangs where it belongs", async ({
  page,
  request,
}) => {
  const id = randomUUID();
  const run = async (category: string, of: string, command: string, data: object) => {
    const sent = await request.post(`${instance.url}/api/v1/local/commands/${category}/${of}/${command}`, {
      headers: { authorization: `Bearer ${instance.token}`, "correlation-id": id },
      data,
    });
    expect(sent.ok(), await sent.text()).toBe(true);
  };
  const shipTo = { name: "Ada King", street: "12 Mill Lane", postcode: "CB1 2AB", city: "Cambridge", country: "GB" };
  await run("inventory", id, "ReceiveStock", { quantity: 3, supplier: "Mill" });
  await run("order", id, "OpenCart", { customerId: "cust-1", name: "Ada King", email: "ada@example.org" });
  await run("order", id, "AddItem", { sku: id, title: "Mug", quantity: 1, unitCents: 900 });
  await run("order", id, "PlaceOrder", { shipTo });
  const trace = async () => {
    const answer = await request.get(`/api/v1/local/traces/${id}`);
    return (await answer.json()) as { waits: { timer: string; state: string }[]; settled: boolean };
  };
  const waits = async () => (await trace()).waits.map(({ timer, state }) => `${timer} ${state}`);
  await expect.poll(waits).toEqual(["reservation called-off", "payment waiting"]);

  await page.goto(`/local/traces/${id}`);
  const steps = page.getByRole("table", { name: "Steps of the trace" });
  await expect(steps.getByRole("row", { name: /payment due in 1\d m/ })).toBeVisible();
  await expect(steps.getByRole("row", { name: /reservation called off/ })).toBeVisible();
  await expect(steps.getByRole("link", { name: "OrderCancelled" })).toBeHidden();
  await page.evaluate(() => Object.assign(window, { drawnOnce: true }));
  await run("order", id, "CancelOrder", { reason: "changed my mind" });
  await expect(steps.getByRole("link", { name: "OrderCancelled" })).toBeVisible();
  await expect(steps.getByRole("row", { name: /payment called off/ })).toBeVisible();
  await expect(steps.getByRole("link", { name: "ReservationReleased" })).toBeVisible();
  await expect(page.getByText("settled", { exact: true }).first()).toBeVisible();
  expect(await page.evaluate(() => "drawnOnce" in window)).toBe(true);
});

test("a trace of ten thousand rows opens folded, few of its rows are in the document, and each way of looking is an address", async ({
  page,
  request,
}) => {
  const id = randomUUID();
  for (let part = 0; part < 20; part++) {
    const sent = await request.post(`${instance.url}/api/v1/local/streams/bulk-${id}-${part}/events`, {
      headers: { authorization: `Bearer ${instance.token}`, "correlation-id": id },
      data: {
        expectedVersion: "none",
        events: Array.from({ length: 500 }, (_, n) => ({
          type: n % 3 === 0 ? "PalletMoved" : "BoxScanned",
          data: { n },
        })),
      },
    });
    expect(sent.ok()).toBe(true);
  }
  const began = Date.now();
  await page.goto(`/local/traces/${id}`, { waitUntil: "commit" });
  const steps = page.getByRole("table", { name: "Steps of the trace" });
  await steps.getByRole("button", { name: /PalletMoved × 3,340/ }).waitFor();
  const openMs = Date.now() - began;
  await page.keyboard.press("e");
  await expect(page).toHaveURL(/depth=all/);
  await expect(steps).toHaveAttribute("aria-rowcount", "10003");
  const wholeMs = Date.now() - began;
  console.log(`a trace of 10,000 rows is open after ${openMs} ms, and unfolded to the last row after ${wholeMs} ms`);
  expect(await page.locator("tbody tr").count()).toBeLessThan(200);
  await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
  await expect(steps.locator('tr[aria-rowindex="10003"]')).toBeVisible();
  await page.keyboard.press("w");
  await expect(steps).toHaveAttribute("aria-rowcount", "3");

  await page.keyboard.press("E");
  await expect(page.getByText("Nothing has failed.")).toBeVisible();
  await page.getByRole("textbox", { name: "Range" }).fill("0 ms - 1 d");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/range=0-86400000000/);
  await page.goto(`/local/traces/${id}?view=graph`);
  await expect(page.getByText("PalletMoved").first()).toBeVisible();
  await expect(page.getByText("2 nodes")).toBeVisible();
});

import { expect, test } from "@playwright/test";
import { instance } from "./instance";

test.describe("nobody signed in", () => {
  test.use({ storageState: { cookies: [], origins: [] } });

  for (const path of ["/", "/local", "/local/events", "/local/streams/order-1", "/local/projections"]) {
    test(`${path} shows the sign-in page and nothing of the store`, async ({ page }) => {
      await page.goto(path);
      await expect(page).toHaveURL(/\/sign-in/);
      await expect(page.getByRole("table")).toHaveCount(0);
    });
  }

  test("the API answers 401 as a problem document", async ({ request }) => {
    for (const path of ["/events", "/streams", "/projections", "/live"]) {
      const answer = await request.get(`/api/v1/local${path}`);
      expect(answer.status(), path).toBe(401);
      expect(answer.headers()["content-type"]).toContain("application/problem+json");
      expect((await answer.json()).code).toBe("unauthenticated");
    }
  });

  test("a token that is not the service token is refused", async ({ request }) => {
    const headers = { authorization: `Bearer ${instance.token}x` };
    expect((await request.get("/api/v1/local/events", { headers })).status()).toBe(401);
  });

  test("a made-up sign-in link opens nothing", async ({ page }) => {
    const answer = await page.goto("/sign-in?token=tml_made-up");
    expect(answer?.status()).toBeLessThan(500);
    await page.goto("/local");
    await expect(page).toHaveURL(/\/sign-in/);
  });
});

test.describe("signed in", () => {
  test("a change that another site's page asks for is refused, session or not", async ({ request }) => {
    const body = { data: { expectedVersion: "any", events: [{ type: "Intruded", data: {} }] } };
    for (const origin of ["https://elsewhere.example", "null"]) {
      const answer = await request.post("/api/v1/local/streams/intruder-1/events", { ...body, headers: { origin } });
      expect(answer.status(), origin).toBe(403);
    }
    const found = await request.get("/api/v1/local/events?type=Intruded");
    expect((await found.json()).events).toEqual([]);
  });
});

test("the health of the store needs no session, and tells no data", async ({ playwright }) => {
  const nobody = await playwright.request.newContext({ baseURL: instance.url });
  const answer = await nobody.get("/api/v1/health");
  expect(answer.status()).toBe(200);
  // Longer than proxies keep a connection, so that none sends a request into one that is being closed.
  expect(answer.headers()["keep-alive"]).toBe("timeout=75");
  await nobody.dispose();
});

test("the supervisor's link signs in once and only once", async ({ browser }) => {
  const link = process.env.TIDEMARK_E2E_LINK;
  expect(link, "start-tidemark.ts hands its used link on").toBeTruthy();
  const context = await browser.newContext({ storageState: { cookies: [], origins: [] }, baseURL: instance.url });
  const page = await context.newPage();
  await page.goto(link ?? "/sign-in");
  await page.goto("/local");
  await expect(page).toHaveURL(/\/sign-in/);
  await context.close();
});

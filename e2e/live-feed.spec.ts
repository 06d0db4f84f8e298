import { type APIRequestContext, expect, type Page, test } from "@playwright/test";
import { type CountingProxy, openCountingProxy } from "./counting-proxy";
import { instance } from "./instance";

test.use({ viewport: { width: 1440, height: 900 } });

/** A type that only this run of this test appends, so that nothing else on the instance can be mistaken for it. */
const type = `FeedTurned${Date.now()}`;
const log = `/local/events?live=notify&q=type%3A${type}`;

let proxy: CountingProxy;
test.beforeEach(async () => {
  proxy = await openCountingProxy();
});
test.afterEach(() => proxy.close());

async function append(request: APIRequestContext, count: number): Promise<void> {
  const events = Array.from({ length: count }, (_, i) => ({ type, data: { i } }));
  const answer = await request.post(`/api/v1/local/streams/feed-${type}/events`, {
    headers: { authorization: `Bearer ${instance.token}` },
    data: { expectedVersion: "any", events },
  });
  expect(answer.status()).toBe(201);
}

const live = (page: Page) => page.getByText("Live", { exact: true });
const news = (page: Page) => page.getByRole("button", { name: /^Show \d+ new events$/ });

test("ten tabs share one stream, whichever of them leads; offline they say so, and back they have all they missed, once", async ({
  context,
  request,
}) => {
  await append(request, 1);
  const tabs = await Promise.all(Array.from({ length: 10 }, () => context.newPage()));
  await Promise.all(tabs.map((tab, n) => tab.goto(`${proxy.url}${n === 9 ? "/local/projections" : log}`)));
  const lists = tabs.slice(0, 9);
  for (const tab of tabs) await expect(live(tab)).toBeVisible();
  await append(request, 2);
  for (const tab of lists) await expect(news(tab)).toHaveAccessibleName("Show 2 new events");
  await expect.poll(() => proxy.streams()).toBe(1);

  // The one that streams for all is among these.
  const [first, ...others] = lists;
  await Promise.all(others.slice(0, 7).map((tab) => tab.close()));
  await append(request, 1);
  const left = [first, others.at(-1)].filter((tab) => tab !== undefined);
  for (const tab of left) await expect(news(tab)).toHaveAccessibleName("Show 3 new events");
  await first?.goto(`${proxy.url}/local/runs`);
  const last = left[1];
  if (!first || !last) throw new Error("No tab is left.");
  await expect(live(first)).toBeVisible();

  await context.setOffline(true);
  await expect(last.getByText(/^(Reconnecting|Offline)/)).toBeVisible({ timeout: 6_000 });
  await append(request, 3);
  await context.setOffline(false);
  await expect(live(last)).toBeVisible();
  await expect(news(last)).toHaveAccessibleName("Show 6 new events");
  const rows = last.locator("table[aria-label=Events] a[data-row]");
  const before = await rows.count();
  await last.keyboard.press("n");
  await expect(rows).toHaveCount(before + 6);
  await append(request, 1);
  await expect(news(last)).toHaveAccessibleName("Show 1 new events");
  await expect.poll(() => proxy.streams()).toBe(1);
});

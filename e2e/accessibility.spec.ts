import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { placedOrder } from "./example";
import { isAhead } from "./fetched-ahead";
import { instance } from "./instance";
import { pages, sizes } from "./pages";
import { somePersonsPages } from "./person";
import { someCause } from "./poison";

// A page is opened once and then judged at every size in both themes; pages are looked at side by side, as nothing here
// changes anything. The poison that pages of dead letters need stays: one of two workers cannot know when the other is done.
// A trace would record each step for nothing, and colours on their way would be judged half way.
test.describe.configure({ mode: "parallel" });
test.use({ trace: "off", contextOptions: { reducedMotion: "reduce" } });

test.beforeAll("a run is made, so that there is one to look at", async () => {
  const answer = await fetch(`${instance.url}/api/v1/local/verify`, {
    method: "POST",
    headers: { authorization: `Bearer ${instance.token}`, "content-type": "application/json" },
    body: "{}",
  });
  // Another worker process of the same test run may have begun it already.
  expect([200, 201, 202, 409]).toContain(answer.status);
});

for (const { name, url } of pages) {
  test(`${name} has no serious accessibility finding and does not scroll sideways, at every size, light and dark, names every figure of a phone's rows, has no table there that scrolls within itself, and fetches no page ahead`, async ({
    page,
    request,
  }) => {
    const ahead: string[] = [];
    page.on("request", (asked) => {
      if (isAhead(asked)) ahead.push(asked.url());
    });
    await page.goto(url(await placedOrder(request), await someCause(request), await somePersonsPages(request)));
    await expect(page.locator("h1").first()).toBeVisible();
    let there = false;
    for (const { name: size, width, height } of sizes) {
      await page.setViewportSize({ width, height });
      if (size === "phone") {
        expect.soft(await namelessFigures(page), "figures without a name, or cut off").toEqual([]);
        expect.soft(await sidewaysTables(page), "tables that scroll within themselves, or are not stacked").toEqual([]);
      }
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        expect.soft(await seriousFindings(page, there), `${size}, ${colorScheme}`).toEqual([]);
        there = true;
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect.soft(overflow, `${size}, ${colorScheme}: pixels that stand out sideways`).toBeLessThanOrEqual(0);
      }
    }
    // One, of the link that has the focus when the page opens.
    expect(ahead.length, ahead.join(" ")).toBeLessThanOrEqual(1);
  });
}

/** Every finding of axe that it calls serious or critical, with the elements it is about. `there`: it is in the page already. */
async function seriousFindings(page: Page, there: boolean): Promise<readonly string[]> {
  // Putting its half megabyte into the page takes as long as judging it. The pages have no frames, so it need not gather
  // its findings in a page of its own.
  const axe = new AxeBuilder(there ? { page, axeSource: "0" } : { page });
  const { violations } = await axe
    .setLegacyMode()
    .options({ resultTypes: ["violations"] })
    .analyze();
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  return serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}

/**
 * Tables of a phone whose rows are not stacked, or that are wider than what they stand in. Hidden ones are React's: rows came
 * in them.
 */
function sidewaysTables(page: Page): Promise<readonly string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll("table:not([hidden])")]
      .filter((table) => {
        const around = table.parentElement;
        return !table.classList.contains("stack") || (around !== null && around.scrollWidth > around.clientWidth);
      })
      .map((table) => table.ariaLabel ?? "a table without a name"),
  );
}

/**
 * Figures, and what stands where one is not known, in rows that are stacked and so have no head above them: those that no
 * word on the screen names, and those that do not fit behind their name.
 */
function namelessFigures(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const figure = /^(–|none|[≈≥<+−-]?\s?\d[\d,.]*(\s?(%|×|ms|s|m|h|d|B|[KMG]iB|\/s))?(\s\d+\s[a-z]{1,2})*)$/;
    return [...document.querySelectorAll<HTMLElement>("table.stack tbody td")]
      .filter((cell) => cell.getClientRects().length > 0 && figure.test(cell.textContent.trim()))
      .filter((cell) => {
        const named = getComputedStyle(cell, "::before").content.startsWith('"');
        return !named || cell.scrollWidth > cell.clientWidth;
      })
      .map((cell) => `${cell.closest("table")?.ariaLabel}: ${cell.textContent.trim()}`);
  });
}

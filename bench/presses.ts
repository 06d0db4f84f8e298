import type { Page } from "playwright";
import type { Answer } from "./answer";
import { quantile } from "./measure";

/** Run in the page before its own scripts: keeps what the browser says of every press. */
export function watchPresses(): void {
  const waits: Wait[] = [];
  const keys: [at: number, key: string][] = [];
  Object.assign(window, { waits });
  addEventListener("keydown", ({ timeStamp, key }) => keys.push([timeStamp, key]), true);
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as (PerformanceEventTiming & { interactionId?: number })[]) {
      const { startTime, processingStart, processingEnd, duration: ms } = entry;
      if (!entry.interactionId) continue;
      const key = keys.findLast(([at]) => at <= startTime + 1)?.[1] ?? entry.name;
      waits.push({ key, ms, before: processingStart - startTime, work: processingEnd - processingStart });
    }
  }).observe({ type: "event", durationThreshold: 16, buffered: true } as PerformanceObserverInit);
}

/** What a reader of a running log does: moves among the rows, halts it, shows what is new, follows again. */
export async function pressAround(page: Page, rounds: number): Promise<void> {
  const keys = ["j", "j", "k", "Space", "Space", "n", "f", "?", "Escape", "j"];
  for (let n = 0; n < rounds; n++) {
    await page.keyboard.press(keys[n % keys.length] ?? "j");
    await page.waitForTimeout(250);
  }
}

/** How long a press waited for the next frame, and of that how long until its handlers ran, and how long these took. */
export type Wait = { readonly key: string; readonly ms: number; readonly before: number; readonly work: number };

/** The presses as an answer, with what the slowest of them were. */
export function pressesAnswer(presses: readonly Wait[], tailed: number): Answer {
  const waits = presses.map(({ ms }) => ms);
  // What was drawn within 16 ms is not reported by the browser.
  const figure = { median: quantile(waits, 0.75), low: Math.min(...waits), high: Math.max(...waits) };
  const slowest = [...presses].sort((a, b) => b.ms - a.ms).slice(0, 3);
  const words = slowest.map(
    ({ key, ms, before, work }) =>
      `${key === " " ? "Space" : key} ${ms} (${before.toFixed(0)} until its handlers, ${work.toFixed(0)} in them)`,
  );
  return {
    title: `A press while ${tailed} events a second are followed, processor four times slower`,
    unit: "ms to the next frame, p75",
    lines: [
      {
        name: "keys of the event log",
        figure,
        note: `${waits.length} events of presses that took 16 ms and more; the slowest: ${words.join(", ")}`,
      },
    ],
    goals: [
      {
        question: "INP, p75, tailing 200 events/s, processor ÷ 4",
        reached: figure.median,
        unit: "ms",
        must: 100,
        aim: null,
        better: "lower",
      },
      { question: "the same, the slowest", reached: figure.high, unit: "ms", must: 200, aim: null, better: "lower" },
    ],
  };
}

import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { createLives } from "@/lib/traffic/lives";
import { type Counts, patientDoors } from "@/lib/traffic/patient-doors";
import { createRandom } from "@/lib/traffic/random";
import type { Doors, Life } from "@/lib/traffic/shop";

/** What the operator has set: `ratePerSecond` counts commands. */
export type TrafficSettings = { readonly running: boolean; readonly ratePerSecond: number };

/** How the traffic is driven. */
export type TrafficDrive = Doors & {
  readonly readSettings: () => Promise<TrafficSettings>;
  /** Called every second, also when stopped: a sign of life, with what was done since the last call. */
  readonly report: (counts: Counts) => Promise<void>;
  readonly onError: (error: unknown) => void;
  readonly signal: AbortSignal;
  readonly seed?: string;
  /** Begins every order's id; must not repeat within a store. */
  readonly run?: string;
};

const tickMs = 25;
const idleTickMs = 250;
const settingsMs = 1_000;
const errorMs = 2_000;
const sideBySide = 16;
const burst = { everySeconds: 90, seconds: 6, factor: 5 };

/**
 * Keeps a shop busy until `signal` aborts: customers, branches, warehouse, payments and carriers act side by side, at the
 * rate that is set, with a burst now and then. Lives that have begun go on before new ones begin. Resolves when what was
 * under way has ended; a life that fails is reported and given up, the shop stays open.
 */
export async function driveTraffic(drive: TrafficDrive): Promise<void> {
  const { signal, onError } = drive;
  setMaxListeners(2 * sideBySide, signal); // Every wait of every life listens for its end.
  const random = createRandom(drive.seed ?? "tidemark");
  const wait = (ms: number) => sleep(ms, undefined, { signal });
  const doors = patientDoors(drive, wait);
  const waiting: { readonly life: Life; readonly dueAt: number }[] = [];
  const ordered = new Set<string>();
  const run =
    drive.run ??
    Math.floor(Date.now() / 1_000)
      .toString(36)
      .toUpperCase();
  const lives = createLives({ doors, random, run, reorder: (sku) => ordered.add(sku) });
  const inFlight = new Set<Promise<void>>();

  async function step(life: Life): Promise<void> {
    try {
      const { done, value } = await life.next();
      if (!done) waiting.push({ life, dueAt: performance.now() + value });
    } catch (error) {
      if (!signal.aborted) onError(error);
    }
  }

  function takeLife(now: number): Life {
    const [sku] = ordered;
    if (sku !== undefined) {
      ordered.delete(sku);
      const [lorry] = lives.deliveries(sku);
      if (lorry) return lorry;
    }
    const due = waiting.findIndex(({ dueAt }) => dueAt <= now);
    return (due === -1 ? undefined : waiting.splice(due, 1)[0]?.life) ?? lives.next();
  }

  let settings: TrafficSettings = { running: false, ratePerSecond: 1 };
  let opened = false;
  let [allowance, settingsDueAt, burstUntil, before] = [0, 0, 0, performance.now()];
  while (!signal.aborted) {
    const now = performance.now();
    try {
      if (now >= settingsDueAt) {
        settingsDueAt = now + settingsMs;
        settings = await drive.readSettings();
        await drive.report(doors.takeCounts());
        if (random.chance(1 / burst.everySeconds)) burstUntil = now + burst.seconds * 1_000;
      }
    } catch (error) {
      onError(error);
      await wait(errorMs).catch(() => {});
      continue;
    }
    if (settings.running && !opened) {
      opened = true;
      for (const life of lives.deliveries()) waiting.push({ life, dueAt: now });
    }
    const rate = settings.running ? settings.ratePerSecond * (now < burstUntil ? burst.factor : 1) : 0;
    // At most a second's worth is saved up: after a pause the shop does not make up for what it missed.
    allowance = Math.min(allowance + (rate * (now - before)) / 1_000, Math.max(1, rate));
    before = now;
    for (; rate > 0 && allowance >= 1 && inFlight.size < sideBySide; allowance--) {
      const acting = step(takeLife(now)).finally(() => inFlight.delete(acting));
      inFlight.add(acting);
    }
    await wait(rate > 0 ? tickMs : idleTickMs).catch(() => {});
  }
  await Promise.all(inFlight);
}

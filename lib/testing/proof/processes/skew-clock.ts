import type { Random } from "@/lib/testing/proof/random";

const HOUR_MS = 3_600_000;
const STEP_MS = 700;

/**
 * Makes this process believe a time that is wrong by up to an hour, and lets it jump forwards and backwards while it works.
 * Timers go on as they are: no clock drives them.
 */
export function skewClock(random: Random): void {
  const right = Date;
  let offset = 0;
  const step = () => {
    offset = random.whole(-HOUR_MS, HOUR_MS);
  };
  step();
  setInterval(step, STEP_MS).unref();
  const now = () => right.now() + offset;
  globalThis.Date = new Proxy(right, {
    construct: (target, given, wanted) => Reflect.construct(target, given.length === 0 ? [now()] : given, wanted),
    apply: () => new right(now()).toString(),
    get: (target, name) => (name === "now" ? now : Reflect.get(target, name)),
  });
}

/**
 * Tries `attempt` until it stops throwing and returns its value: the way tests wait for something that happens
 * elsewhere. After `deadlineMs` it throws the last failure. A returned `false` or `undefined` counts as a failure.
 */
export async function eventually<T>(
  attempt: () => T | Promise<T>,
  { deadlineMs = 20_000, everyMs = 20, what = "the condition" } = {},
): Promise<Exclude<T, false | undefined>> {
  const end = performance.now() + deadlineMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await attempt();
      if (value !== false && value !== undefined) return value as Exclude<T, false | undefined>;
      last = new Error(`${what} did not come true`);
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) {
      throw new Error(`Waited ${deadlineMs} ms for ${what}: ${last instanceof Error ? last.message : String(last)}`, {
        cause: last,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

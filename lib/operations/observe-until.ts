/** How an effect is waited for: `look` until `seen`, or until `patienceMs` have passed or `signal` is aborted. */
export type Observation<Seen> = {
  readonly look: () => Promise<Seen>;
  readonly seen: (found: Seen) => boolean;
  readonly patienceMs: number;
  readonly signal?: AbortSignal | undefined;
};

const LOOK_MS = 50;

/** Looks until the effect is there; returns what was found last, and whether it was the effect. Never throws for lateness. */
export async function observeUntil<Seen>({
  look,
  seen,
  patienceMs,
  signal,
}: Observation<Seen>): Promise<{ readonly found: Seen; readonly observed: boolean }> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const found = await look();
    const observed = seen(found);
    if (observed || performance.now() > deadline || signal?.aborted) return { found, observed };
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

import { type Evaluator, evaluateAlerts } from "@/lib/alerts/evaluate";
import { pollLoop } from "@/lib/db/poll-loop";

const EVERY_MS = 2_000;

/** Evaluates the rules every 2 s while this worker has the duty, until `signal` is aborted. Errors are reported, never thrown. */
export async function watchAlerts(
  evaluator: Evaluator & { readonly signal: AbortSignal; readonly onError: (error: unknown) => void },
): Promise<void> {
  const { signal, onError } = evaluator;
  await pollLoop({
    ...{ signal, onError, idleMs: EVERY_MS, errorMs: EVERY_MS, maxErrorMs: 10_000 },
    work: async () => {
      await evaluateAlerts(evaluator);
      return false;
    },
  });
}

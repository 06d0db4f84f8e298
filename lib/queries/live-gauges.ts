import type { Lag } from "@/lib/queries/lag";
import { countFiring, type Firing, listAlerts } from "@/lib/queries/list-alerts";
import { listRuns } from "@/lib/queries/list-runs";
import type { QueryContext } from "@/lib/queries/query-context";
import { lagOf } from "@/lib/subscriptions/lag";

/** Rows of a gauge; a page that shows more is drawn anew when one of these has changed. */
const ROWS = 50;

/** What the live feed tells beside the log. Each is small, bounded, and the same text as long as nothing has changed. */
export const liveGauges = {
  /** The lag of every consumer by its name. */
  lag: async ({ reads }: QueryContext): Promise<Readonly<Record<string, Lag>>> =>
    Object.fromEntries(await lagOf(reads)),

  /** The newest runs and how far they are. */
  runs: async (context: QueryContext) => {
    const { runs } = await listRuns(context, { limit: ROWS });
    return runs.map(({ id, state, wanted, phase, done, total, problems, throttle, detail }) => ({
      ...{ id, state, wanted, phase, done, total, problems, throttle, detail },
    }));
  },

  /** How many alerts fire, and the worst of those that are open. */
  alerts: async (context: QueryContext): Promise<Firing & { readonly open: readonly { readonly id: string }[] }> => {
    const [firing, { alerts }] = await Promise.all([countFiring(context), listAlerts(context, { limit: ROWS })]);
    return { ...firing, open: alerts.map(({ id, state, value }) => ({ id, state, value })) };
  },
};

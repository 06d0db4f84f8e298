import type pg from "pg";
import { createCatalog } from "@/lib/catalog/catalog";
import { inTransaction } from "@/lib/db/in-transaction";
import { openPool } from "@/lib/db/pool";
import type { FoldProjection } from "@/lib/define";
import { modules } from "@/lib/domain/index";
import { createEventStore } from "@/lib/event-store/store";
import { beginRebuild } from "@/lib/projections/rebuild/begin-rebuild";
import { replayFold } from "@/lib/projections/rebuild/replay-fold";
import { retire } from "@/lib/projections/rebuild/retire-generation";
import { registerProjections } from "@/lib/projections/register-projections";
import type { Answer, Goal, Line } from "../answer";
import { spreadOf, timed } from "../measure";
import { nodeLoop, summaryTable } from "../node-loop";
import { appendOrders } from "../orders";
import type { Setting } from "../setting";
import { emmettCatchUp, emmettEvents, physicalFloor, rateOf } from "./catch-up";

/** How fast is an order summary rebuilt beside the one that serves? From its plan's start to a table with key and statistics. */
export async function askRebuild(setting: Setting): Promise<readonly Answer[]> {
  const streams = setting.quick ? 400 : 20_000;
  const rounds = setting.quick ? 1 : 3;
  const url = await setting.tidemarkDatabase("rebuild");
  const owner = openPool({ url, role: null, max: 4, applicationName: "bench-owner" });
  const pool = openPool({ url, applicationName: "bench" });
  try {
    const events = await appendOrders(createEventStore({ pool }), streams);
    await owner.query("select * from advance_high_water('bench')");
    await owner.query(summaryTable);
    await owner.query("vacuum analyze events");
    const rebuild = await rebuilder(pool);

    const floor: number[] = [];
    const loop: number[] = [];
    const tidemark: number[] = [];
    for (let round = 0; round < rounds; round++) {
      floor.push(rateOf(events, await timed(() => physicalFloor(owner))));
      loop.push(rateOf(events, await timed(() => nodeLoop(owner, 10_000))));
      tidemark.push(rateOf(events, await rebuild()));
    }
    const emmett = await emmettCatchUp(setting);
    const lines: readonly Line[] = [
      { name: "one INSERT … SELECT … GROUP BY", figure: spreadOf(floor), note: "floor: no checkpoint, no batches" },
      { name: "Node loop, batch 10,000", figure: spreadOf(loop), note: "no decoding, no validation, no fence" },
      { name: "Tidemark, rebuild", figure: spreadOf(tidemark), note: "decodes, validates, fences; key and statistics" },
      {
        name: "Emmett 0.42.0, batch 10,000, polling 1 ms",
        figure: spreadOf(emmett),
        note: `${emmettEvents(setting).toLocaleString("en")} events`,
      },
    ];
    const title = `Rebuild of an order summary, ${events.toLocaleString("en")} events in ${streams.toLocaleString("en")} streams`;
    return [{ title, unit: "events/s", lines, goals: goalsOf(lines) }];
  } finally {
    await Promise.all([pool.end(), owner.end()]);
  }
}

function goalsOf([floor, loop, tidemark, emmett]: readonly Line[]): readonly Goal[] {
  const against = (name: string, other: Line | undefined, must: number | null, aim: number | null): Goal => ({
    question: `rebuild: Tidemark against ${name}`,
    reached: (tidemark?.figure.median ?? Number.NaN) / (other?.figure.median ?? Number.NaN),
    unit: "×",
    must,
    aim,
    better: "higher",
  });
  return [
    against("the Node loop at 10,000", loop, 1.8, 2.5),
    against("Emmett's best", emmett, 35, null),
    against("the physical floor", floor, null, 0.45),
  ];
}

/** Registers the summary; the returned function rebuilds it once and answers how many milliseconds that took. */
async function rebuilder(pool: pg.Pool): Promise<() => Promise<number>> {
  const catalog = createCatalog(modules);
  const summary = catalog.projections.find(({ name }) => name === "order-summary") as FoldProjection;
  await registerProjections(pool, [summary], catalog);
  return async () => {
    const begin = performance.now();
    const { generation } = await inTransaction(pool, (client) => beginRebuild(client, summary, catalog, "bench"));
    await replayFold({ pool, projection: summary, catalog, generation });
    const ms = performance.now() - begin;
    await retire(pool, summary, generation);
    return ms;
  };
}

import { openPool } from "@/lib/db/pool";
import { createEventStore } from "@/lib/event-store/store";
import { createInlineConsumers } from "@/lib/projections/inline-consumers";
import { projectionConsumers } from "@/lib/projections/projection-consumers";
import { executeRuns } from "@/lib/runs/run-executor";
import { runWorker } from "@/lib/subscriptions/run-worker";
import { createLogger } from "@/lib/telemetry/logger";
import { openArena } from "@/lib/testing/proof/arena";
import { proofCatalog, proofInline, proofProjections } from "@/lib/testing/proof/domain";
import { openJournal } from "@/lib/testing/proof/journal";
import { markingRun } from "@/lib/testing/proof/marks";
import { startCommitCutProxy } from "@/lib/testing/proof/proxy/proxy";
import { sendKnowing } from "@/lib/testing/proof/scenes/known-fate";
import type { Stage } from "@/lib/testing/proof/stage";
import { sum } from "@/lib/testing/proof/tally";
import { judge, type Verdict } from "@/lib/testing/proof/verdict";
import { appendFrom, now, type PlannedWrite, planWrites } from "@/lib/testing/proof/workload";

const LOOPS = 8;
const OFTEN = 0.3;

/**
 * Cuts connections in the middle of commits: of appends alone, with inline projections, in transactions of the caller's
 * own, and of consumers. Clients send again under the same id until they have an answer. For the transactions of their own
 * they first ask the server what became of the one that was cut: their second answer must agree with it.
 */
export async function cutCommits(stage: Stage, goal: { cuts: number }): Promise<Verdict> {
  const random = stage.random.fork("cuts");
  const arena = await openArena(stage.server().url, "proof_cuts", stage.folder);
  const proxy = await startCommitCutProxy(arena.url, random.fork("proxy"), OFTEN);
  const pool = openPool({ url: proxy.url, max: 12, applicationName: "proof-cuts", inline: proofInline });
  const stop = new AbortController();
  const log = createLogger("proof", { level: "fatal" });
  const identity = { workerId: "cut-worker", signal: stop.signal, log };
  const runs = executeRuns({ pool, kinds: [markingRun], worker: identity.workerId, signal: stop.signal, log });
  const worker = runWorker({
    url: proxy.url,
    pool,
    consumers: projectionConsumers(proofProjections, proofCatalog),
    ...identity,
  });
  const store = createEventStore({ pool, inline: createInlineConsumers(proofProjections, proofCatalog), maxBatch: 3 });
  const journal = openJournal(arena.journal("cut-writer"));
  let next = 31 * 2 ** 28;
  const enough = () => sum(proxy.cuts) >= goal.cuts;

  const send = async (append: number, planned: readonly PlannedWrite[]) => {
    const at = now();
    journal.sent(append, planned, at);
    const outcome = await store.append(appendFrom(append, planned)).then(
      (results) => ({ ok: true, results }),
      (error: { code?: unknown }) => {
        if (error.code === "version-conflict") return { ok: false };
        if (error.code === "unavailable") return { ok: null };
        throw error;
      },
    );
    journal.ended(append, outcome.ok, at, now(), "results" in outcome ? outcome.results : undefined);
    return outcome.ok;
  };
  const loop = async (index: number) => {
    const draw = random.fork(`loop ${index}`);
    const known = new Map<string, number>();
    while (!enough()) {
      const append = next++;
      const planned = planWrites(draw, 31, known);
      if (draw.chance(0.3)) {
        const finding = await sendKnowing({ append, planned, pool, direct: arena.pool, store, journal });
        if (finding) stage.findings.push(finding);
      } else while ((await send(append, planned)) === null);
    }
  };
  const shown = setInterval(() => stage.progress(`${sum(proxy.cuts)} of ${goal.cuts} commits cut`), 250);
  await Promise.all(Array.from({ length: LOOPS }, (_, index) => loop(index)));
  clearInterval(shown);
  proxy.calm();
  journal.close();
  for (const kind of ["appends", "transactions", "imports", "consumers"] as const)
    stage.tally.cuts[kind] += proxy.cuts[kind];
  const verdict = await judge(arena);
  stop.abort();
  await Promise.all([worker, runs]);
  await pool.end();
  await proxy.close();
  await arena.close();
  return verdict;
}

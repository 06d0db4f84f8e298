import { openPool } from "@/lib/db/pool";
import { createEventStore } from "@/lib/event-store/store";
import { importBatch } from "@/lib/import/import-batch";
import { TidemarkError } from "@/lib/kernel/errors";
import { createInlineConsumers } from "@/lib/projections/inline-consumers";
import { openArena } from "@/lib/testing/proof/arena";
import { proofCatalog, proofInline, proofProjections } from "@/lib/testing/proof/domain";
import { linesOf } from "@/lib/testing/proof/import-lines";
import { openJournal } from "@/lib/testing/proof/journal";
import { commitKinds } from "@/lib/testing/proof/proxy/client-side";
import { startCommitCutProxy } from "@/lib/testing/proof/proxy/proxy";
import { sendKnowing } from "@/lib/testing/proof/scenes/known-fate";
import type { Stage } from "@/lib/testing/proof/stage";
import { sum } from "@/lib/testing/proof/tally";
import { judge, type Verdict } from "@/lib/testing/proof/verdict";
import { appendFrom, now, type PlannedWrite, planWrites } from "@/lib/testing/proof/workload";

const LOOPS = 8;
const OFTEN = 0.3;
/** Lines of one import: some commits of it, and not so many that the others wait for them. */
const LINES = 1_200;

/**
 * Cuts connections in the middle of commits: of appends alone, with inline projections, in transactions of the caller's
 * own, of imports, of consumers, jobs and runs. Clients send again under the same id until they have an answer. For the
 * transactions of their own they first ask the server what became of the one that was cut: their second answer must agree.
 */
export async function cutCommits(stage: Stage, goal: { cuts: number }): Promise<Verdict> {
  const random = stage.random.fork("cuts");
  const arena = await openArena(stage.server().url, "proof_cuts", { folder: stage.folder, random });
  const proxy = await startCommitCutProxy(arena.url, random.fork("proxy"), OFTEN);
  const pool = openPool({ url: proxy.url, max: 12, applicationName: "proof-cuts", inline: proofInline });
  const startWorker = (name: string, build: "broken" | "mended") =>
    stage.programs.start("worker", {
      ...{ DATABASE_URL: proxy.url, PROOF_NAME: name, PROOF_BUILD: build },
      PROOF_SEED: String(random.whole(0, 2 ** 31)),
    });
  const broken = startWorker("cut-worker-1", "broken");
  const mended = startWorker("cut-worker-2", "mended");
  const inline = createInlineConsumers(proofProjections, proofCatalog);
  const store = createEventStore({ pool, inline, maxBatch: 3 });
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
  /** The same lines again until they are all there; what was cut may have stored some of them. */
  const importLoop = async () => {
    while (!enough()) {
      const first = next;
      next += LINES;
      const stream = `import31x${first}-`;
      journal.imported(first, LINES, stream, false, now());
      for (;;) {
        const result = await importBatch({ pool, inline }, linesOf(first, LINES, stream)).catch(orUnavailable);
        if (!result) continue;
        for (const { message } of result.refused) stage.findings.push(`a line of an import was refused: ${message}`);
        break;
      }
      journal.imported(first, LINES, stream, true, now());
    }
  };
  const shown = setInterval(() => stage.progress(`${sum(proxy.cuts)} of ${goal.cuts} commits cut`), 250);
  await Promise.all([importLoop(), ...Array.from({ length: LOOPS }, (_, index) => loop(index))]);
  clearInterval(shown);
  proxy.calm();
  journal.close();
  for (const kind of commitKinds) stage.tally.cuts[kind] += proxy.cuts[kind];
  broken.child.send("stop");
  await broken.ended;
  const verdict = await judge(arena);
  mended.child.kill("SIGKILL");
  await mended.ended;
  await pool.end();
  await proxy.close();
  await arena.close();
  return verdict;
}

function orUnavailable(error: unknown): undefined {
  if (!(error instanceof TidemarkError) || error.code !== "unavailable") throw error;
}

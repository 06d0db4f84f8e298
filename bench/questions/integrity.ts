import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { openPool } from "@/lib/db/pool";
import { createReadDatabase, type ReadDatabase } from "@/lib/db/read-database";
import { proveInclusion, readEnd } from "@/lib/integrity/prove";
import type { Answer } from "../answer";
import type { Appender } from "../contenders/appender";
import { tidemarkAppender } from "../contenders/tidemark";
import { quantile, rate, spreadOf, timed } from "../measure";
import { fillStore } from "../million";
import type { Setting } from "../setting";

const CALLERS = 32;

/** How fast is an event of a long log proven, and does the Merkle log keep up with appends as fast as they go? */
export async function askIntegrity(setting: Setting): Promise<readonly Answer[]> {
  const events = setting.events ?? (setting.quick ? 20_000 : 1_000_000);
  const url = await setting.tidemarkDatabase("integrity");
  const owner = openPool({ url, role: null, max: 2, applicationName: "bench-owner" });
  const reads = createReadDatabase(owner);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-bench-integrity-"));
  let keeper: ChildProcess | undefined;
  let appender: Appender | undefined;
  try {
    await fillStore(owner, events);
    keeper = fork(path.join(__dirname, "../processes/merkle-log.ts"), [url, folder], { execArgv: ["--import", "tsx"] });
    const built = await timed(() => reaches(reads, events));
    const proofs = await proofTimes(reads, events, setting.quick ? 50 : 2_000);
    appender = await tidemarkAppender(url);
    const followed = await follow(reads, appender, setting.quick ? 2 : 30);
    return [proofAnswer(events, proofs, (events * 1_000) / built), followAnswer(followed)];
  } finally {
    if (keeper) {
      const gone = once(keeper, "exit");
      keeper.disconnect();
      await gone;
    }
    await appender?.close();
    await owner.end();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Resolves when the tree has as many leaves. */
async function reaches(reads: ReadDatabase, size: number): Promise<void> {
  while (((await readEnd(reads))?.size ?? 0) < size) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** Milliseconds that each of some proofs took, of events anywhere in the log, in the tree of all. */
async function proofTimes(reads: ReadDatabase, events: number, proofs: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (let n = 0; n < proofs; n++) {
    const position = BigInt(1 + Math.floor(Math.random() * events));
    times.push(await timed(() => proveInclusion(reads, position, events)));
  }
  return times;
}

type Followed = {
  readonly appended: number;
  /** Seconds of appends that the tree was behind, at each look. */
  readonly behind: readonly number[];
};

/** Appends as fast as they go, and looks a few times a second how many events are not in the tree yet. */
async function follow(reads: ReadDatabase, { append }: Appender, seconds: number): Promise<Followed> {
  const missing: number[] = [];
  let appending = true;
  const looking = (async () => {
    while (appending) {
      const [row] = await reads.query<{ missing: bigint }>(
        `select (select last_value from position_seq)
              - (select last_position from merkle_tiles where level = 0 order by index desc limit 1) as missing`,
      );
      missing.push(Number(row?.missing));
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  })();
  const appended = await rate(CALLERS, seconds, (caller) => append(caller, 1));
  appending = false;
  await looking;
  return { appended, behind: missing.map((events) => events / appended) };
}

function proofAnswer(events: number, proofs: readonly number[], built: number): Answer {
  const title = `Proof that an event is in the log, ${events.toLocaleString("en")} events`;
  const p95 = quantile(proofs, 0.95);
  return {
    title,
    unit: "ms",
    lines: [
      {
        name: "inclusion proof of any event",
        figure: spreadOf(proofs),
        note: `p95 ${p95.toFixed(1)}; the tree was built of the whole log at ${Math.round(built).toLocaleString("en")} events/s`,
      },
    ],
    goals: [{ question: `${title}, p95`, reached: p95, unit: "ms", must: 50, aim: null, better: "lower" }],
  };
}

function followAnswer({ appended, behind }: Followed): Answer {
  const title = "Merkle log behind appends that go as fast as they can";
  const figure = spreadOf(behind);
  return {
    title,
    unit: "s",
    lines: [
      {
        name: `${CALLERS} callers, 1 event each`,
        figure,
        note: `${Math.round(appended).toLocaleString("en")} appends/s beside it; it rests a second between two looks`,
      },
    ],
    goals: [{ question: `${title}, at most`, reached: figure.high, unit: "s", must: 3, aim: null, better: "lower" }],
  };
}

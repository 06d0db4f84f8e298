import { armFailpoint } from "@/lib/kernel/failpoint";
import { readConfig } from "@/lib/runtime/config";
import { skewClock } from "@/lib/testing/proof/processes/skew-clock";
import { createRandom, type Random } from "@/lib/testing/proof/random";

/** What a process of the proof is told by the one that started it. */
export type ProofProcess = {
  readonly url: string;
  readonly name: string;
  readonly random: Random;
  /** Aborted when it shall stop in order. */
  readonly signal: AbortSignal;
  /** Whether it shall rest for now. */
  readonly resting: () => boolean;
  readonly setting: (name: string) => string;
};

/** Reads the settings of this process, arms its failpoint, sets its clock wrong if told to, and heeds the channel to its parent. */
export function startProofProcess(): ProofProcess {
  const config = readConfig();
  armFailpoint(config.failpoint);
  const stopping = new AbortController();
  let resting = false;
  process.on("message", (message) => {
    if (message === "stop") stopping.abort();
    resting = message === "rest" ? true : message === "go" ? false : resting;
  });
  process.on("disconnect", () => process.exit(1));
  const setting = (name: string) => {
    const value = process.env[name];
    if (value === undefined) throw new Error(`${name} is missing: this program is started by the proof.`);
    return value;
  };
  const random = createRandom(Number(setting("PROOF_SEED")));
  if (process.env.PROOF_CLOCK === "wrong") skewClock(random.fork("clock"));
  return {
    url: config.databaseUrl ?? "",
    name: setting("PROOF_NAME"),
    random,
    signal: stopping.signal,
    resting: () => resting,
    setting,
  };
}

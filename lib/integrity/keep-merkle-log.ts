import type pg from "pg";
import { inTransaction } from "@/lib/db/in-transaction";
import { pollLoop } from "@/lib/db/poll-loop";
import { checkHistory } from "@/lib/integrity/check-history";
import { holdsDuty, MERKLE_DUTY } from "@/lib/integrity/duty";
import { findSigner, type KeySource, type Signer } from "@/lib/integrity/find-signer";
import { growLog } from "@/lib/integrity/grow-log";
import { holdNote, readHeldNote } from "@/lib/integrity/held-note";
import { raiseAlarm } from "@/lib/integrity/history-alarm";
import { HistoryChanged } from "@/lib/integrity/history-fault";
import { KeySucceeded, signCheckpoint } from "@/lib/integrity/sign-checkpoint";
import { notThinned, thinNotes } from "@/lib/integrity/thin-notes";
import { holdDuty } from "@/lib/subscriptions/hold-duty";
import type { Logger } from "@/lib/telemetry/logger";

/** Who keeps the Merkle log. The key is a text that was given, or a file, which is made when there is none. */
export type MerkleKeeping = {
  readonly pool: pg.Pool;
  readonly owner: string;
  readonly key: KeySource;
  /** Where the last note is held outside of the database, so that a log that was taken back is noticed. */
  readonly noteFile: string;
  readonly signal: AbortSignal;
  readonly log: Logger;
};

/** The rest between two looks, and the least time between two notes. */
const EVERY_MS = 1_000;
const HELD_MS = 3_000;
/** How long a process whose key does not sign rests before it asks again. */
const OTHER_KEY_MS = 30_000;
/** The rest between two times that notes are thinned. */
const THIN_MS = 60_000;
/** The least time between two short looks at history. */
const LOOK_MS = 10_000;

/**
 * Builds the Merkle log behind the high-water mark and signs it, at most one note a second, while this process has the duty.
 * When it finds that history was changed it raises the alarm, signs nothing, and builds on. A process with another key than the log's leaves both to those that have it, and says so in its log.
 */
export async function keepMerkleLog({ pool, owner, key, noteFile, signal, log }: MerkleKeeping): Promise<void> {
  let held: string | null = null;
  let looked = Number.NEGATIVE_INFINITY;
  let signer: Signer | undefined;
  let thinned = { ...notThinned, at: Number.NEGATIVE_INFINITY };
  await pollLoop({
    signal,
    idleMs: EVERY_MS,
    errorMs: EVERY_MS,
    maxErrorMs: OTHER_KEY_MS,
    onError: (error) => log.warn({ err: error }, "the Merkle log is built later"),
    work: async () => {
      if (signer === undefined) {
        held = await readHeldNote(noteFile);
        signer = await findSigner(pool, key, owner);
      }
      if (!(await holdDuty(pool, MERKLE_DUTY, owner, HELD_MS))) return false;
      const { more } = await growLog(pool, owner);
      try {
        if (performance.now() - looked > LOOK_MS) {
          await checkHistory(pool, owner, held);
          looked = performance.now();
        }
        const note = await signCheckpoint(pool, { owner, ...signer, everyMs: EVERY_MS, held });
        if (note !== null) {
          held = note;
          await holdNote(noteFile, note);
        }
      } catch (error) {
        if (error instanceof KeySucceeded) signer = undefined;
        if (!(error instanceof HistoryChanged)) throw error;
        if (await alarm(pool, owner, error)) log.error({ err: error }, "history was changed");
      }
      if (thinned.more || performance.now() - thinned.at > THIN_MS) {
        thinned = { ...(await thinNotes(pool, thinned)), at: performance.now() };
      }
      return more || thinned.more;
    },
  });
}

/** Whether it is a new alarm. */
async function alarm(pool: pg.Pool, owner: string, { faults, held }: HistoryChanged): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    return (await holdsDuty(client, owner)) && (await raiseAlarm(client, { run: null, faults, held }));
  });
}

import type pg from "pg";
import { raiseAlarm, settleVerified } from "@/lib/integrity/history-alarm";
import type { HistoryFault } from "@/lib/integrity/history-fault";
import { type LeavesVerified, verifyLeaves } from "@/lib/integrity/verify-leaves";
import { compareNotes, type NotesVerified } from "@/lib/integrity/verify-notes";
import { verifyStreams } from "@/lib/integrity/verify-streams";
import { defineRun, type RunContext } from "@/lib/runs/run";

/** What a verification is given: texts of checkpoint notes that were held outside of the database. */
export type VerifyInput = { readonly notes?: readonly string[] };

/** How far a verification has come: the last stream that was looked at, the leaves that were compared, and what was found. */
type Verified = {
  readonly after: string;
  readonly streams: number;
  readonly events: number;
  readonly faults: number;
  readonly leaves?: {
    readonly tile: number;
    readonly position: string;
    readonly size: number;
    readonly subtrees: readonly string[];
    readonly notes: NotesVerified;
  };
};

type Context = RunContext<VerifyInput, Verified>;

/** Findings that are written into the log of a run; the rest are counted. */
const LISTED_MAX = 1_000;

/**
 * Verifies the whole log. First each stream: that its versions are 1 to n without a gap, that its row names the last one, and that
 * positions grow with versions. Then each event: that its bytes still give the leaf that the Merkle log took in, that none is
 * gone and none has come in between; and the Merkle log: that it agrees with every checkpoint note that is kept, and with
 * those that were given. What it finds is an alarm at once; one that finds nothing settles the alarms of before. What comes up or grows meanwhile may or may not be looked at.
 */
export const verifyLog = defineRun<VerifyInput, Verified>({
  kind: "verify-log",
  unit: "events",
  phases: ["streams", "leaves"],
  throttled: true,
  run: async (context) => {
    const begun = context.checkpoint ?? { after: "", streams: 0, events: 0, faults: 0 };
    const verified = await walkLeaves(context, await walkStreams(context, begun));
    const { streams, events, faults, leaves } = verified;
    await context.step(async (client) => {
      if (faults === 0) await settleVerified(client, context.id);
      return verified;
    });
    const size = leaves?.size ?? 0;
    context.progress({ total: size, detail: null });
    const agreed = leaves?.notes.agreed ?? 0;
    await context.log(
      `${events} events in ${streams} streams, ${size} leaves, checkpoints up to ${agreed}: ${faults === 0 ? "no fault" : `${faults} faults`}`,
    );
    return { streams, events, leaves: size, agreed, faults };
  },
});

async function walkStreams(context: Context, begun: Verified): Promise<Verified> {
  let verified = begun;
  while (verified.leaves === undefined) {
    const before = verified;
    await context.step(async (client) => {
      const looked = await verifyStreams(client, before.after);
      const [total] = (await client.query<{ head: bigint }>("select position as head from high_water")).rows;
      const faults = await report(context, client, before.faults, looked.faults);
      const [streams, events] = [before.streams + looked.streams, before.events + looked.events];
      const leaves = {
        tile: 0,
        position: "0",
        size: 0,
        subtrees: [],
        notes: { agreed: 0, position: "0", broken: false },
      };
      verified = { after: looked.last, streams, events, faults, ...(looked.streams === 0 ? { leaves } : {}) };
      const most = Math.max(events, Number(total?.head ?? 0));
      context.progress({ phase: "streams", done: events, total: most, problems: faults, detail: looked.last });
      return verified;
    });
    await context.pace(verified.events - before.events);
  }
  return verified;
}

async function walkLeaves(context: Context, begun: Verified): Promise<Verified> {
  let verified = begun;
  let more = true;
  while (more) {
    const before = verified;
    await context.step(async (client) => {
      const [total] = (
        await client.query<{ size: bigint }>(
          "select index * 256 + width as size from merkle_tiles where level = 0 order by index desc limit 1",
        )
      ).rows;
      const from = leavesOf(before);
      const notes = await compareNotes(client, context.input.notes ?? [], before.leaves?.notes);
      const step = await verifyLeaves(client, from, notes);
      more = step !== undefined;
      const found = step?.faults ?? (await notes.rest(client, from.tree.size));
      const faults = await report(context, client, before.faults, found);
      const { tile, position, tree } = step?.after ?? from;
      const subtrees = tree.subtrees.map((hash) => Buffer.from(hash).toString("base64"));
      const leaves = { tile, position: String(position), size: tree.size, subtrees, notes: notes.verified() };
      verified = { ...before, faults, leaves };
      const most = Math.max(tree.size, Number(total?.size ?? 0));
      context.progress({
        phase: "leaves",
        done: tree.size,
        total: most,
        problems: faults,
        detail: `position ${position}`,
      });
      return verified;
    });
    await context.pace((verified.leaves?.size ?? 0) - (before.leaves?.size ?? 0));
  }
  return verified;
}

function leavesOf({ leaves }: Verified): LeavesVerified {
  const subtrees = (leaves?.subtrees ?? []).map((hash) => Buffer.from(hash, "base64"));
  const tree = { size: leaves?.size ?? 0, subtrees };
  return { tile: leaves?.tile ?? 0, position: BigInt(leaves?.position ?? 0), tree };
}

/** Writes findings into the log of the run, raises the alarm, and returns how many there are with those before. */
async function report(
  context: Context,
  client: pg.PoolClient,
  before: number,
  found: readonly HistoryFault[],
): Promise<number> {
  await raiseAlarm(client, { run: context.id, faults: found });
  for (const [index, { what }] of found.entries()) {
    const number = before + index;
    if (number < LISTED_MAX) await context.log(what, "error");
    if (number === LISTED_MAX) await context.log("more was found; from here on it is counted, not listed", "error");
  }
  return before + found.length;
}

import type pg from "pg";
import { defineRun, type RunKind } from "@/lib/runs/run";
import type { Snapshots } from "@/lib/snapshots/snapshots";

/** How far a verification has come: the last stream that was looked at, and what was found. */
type Checkpoint = {
  readonly after: string;
  readonly streams: number;
  readonly events: number;
  readonly same: number;
  readonly wrong: number;
};

const NOTHING_YET: Checkpoint = { after: "", streams: 0, events: 0, same: 0, wrong: 0 };

/**
 * The run that folds every stream of a category that has snapshots, from its first event, and holds them against it. Wrong
 * ones are taken away and noted. Streams that get their first snapshot meanwhile may or may not be looked at.
 */
export function verifyCategory(snapshots: Snapshots): RunKind {
  return defineRun<{ readonly category: string }, Checkpoint>({
    kind: "verify-snapshots",
    unit: "events",
    phases: ["streams"],
    throttled: true,
    run: async (context) => {
      const { category } = context.input;
      let checkpoint = context.checkpoint ?? NOTHING_YET;
      for (;;) {
        const before = checkpoint;
        await context.step(async (client) => {
          const stream = await streamAfter(client, category, before.after);
          if (stream === undefined) return before;
          const found = await snapshots.verify(stream, { signal: context.signal, within: client });
          for (const { version, fault } of found.wrong) {
            await context.log(`${stream} at version ${version}: ${fault}; the snapshot was taken away`, "error");
          }
          checkpoint = {
            ...{ after: stream, streams: before.streams + 1, events: before.events + found.foldedEvents },
            ...{ same: before.same + found.same.length, wrong: before.wrong + found.wrong.length },
          };
          context.progress({ done: checkpoint.events, total: null, problems: checkpoint.wrong, detail: stream });
          return checkpoint;
        });
        if (checkpoint === before) break;
        await context.pace(checkpoint.events - before.events);
      }
      const { streams, same, wrong, events } = checkpoint;
      context.progress({ total: events, detail: null });
      await context.log(`${same} snapshots of ${streams} streams are right, ${wrong} were wrong`);
      return { category, streams, same, wrong, events };
    },
  });
}

/** The next stream of a category that has any snapshot: its names stand together in the order of bytes. */
export async function streamAfter(
  client: Pick<pg.PoolClient, "query">,
  category: string,
  after: string,
): Promise<string | undefined> {
  const { rows } = await client.query<{ stream: string }>(
    `select stream from snapshots where stream > $1 and stream >= $2 and stream < $3 order by stream limit 1`,
    // `.` is the character after `-`.
    [after, `${category}-`, `${category}.`],
  );
  return rows[0]?.stream;
}

import type pg from "pg";
import { inTransaction } from "@/lib/db/in-transaction";
import type { RefusedLine } from "@/lib/import/import-event";
import { NotFound, TidemarkError } from "@/lib/kernel/errors";
import type { NewRun } from "@/lib/runs/create-run";
import { admitFeed, type Fed, type Feed, KEEP_FEED, lostFeed, moveFeed, takeFeed } from "@/lib/runs/fed-run";
import { defineRun } from "@/lib/runs/run";
import { leaveRun } from "@/lib/runs/run-lease";
import { writeLine } from "@/lib/runs/run-log";

/** An import as a run. Its file is with whoever sends it, so no worker carries it out; what it has stored is never taken back. */
export const importRun = defineRun({ kind: "import", unit: "lines", phases: ["store"], throttled: true });

/** Where an import stands. `digest` is the SHA-256, hex, of the settled lines, each with a line break; null before the first. */
export type ImportStanding = {
  readonly lines: number;
  readonly digest: string | null;
  /** Of the settled lines: those without anything, and those that were refused. The others are stored. */
  readonly blank: number;
  readonly refused: number;
  /** Events that this run has stored, those after the settled lines included. */
  readonly appended: number;
  readonly firstPosition: string | null;
  readonly lastPosition: string | null;
};

/** Refused lines that are kept of each import; nobody reads more of a file of the wrong kind. */
const REFUSALS_KEPT = 10_000;

/**
 * Begins an import in the caller's transaction, or goes on with the one of the same claim. `fresh` settles its lines anew:
 * for a sender that cannot skip what was sent before. Throws `conflict` when operators want it to stand still.
 */
export async function beginImport(
  client: pg.PoolClient,
  run: NewRun & { readonly claim: string },
  { sender, total, fresh }: { readonly sender: string; readonly total: number | null; readonly fresh: boolean },
): Promise<{ readonly feed: Feed; readonly made: boolean; readonly standing: ImportStanding }> {
  const { feed, made } = await takeFeed(client, importRun, run, sender);
  const { id } = feed;
  await client.query("insert into imports (run) values ($1) on conflict do nothing", [id]);
  if (fresh && !made) {
    await client.query("update imports set lines = 0, digest = null, blank = 0, refused = 0 where run = $1", [id]);
    await client.query("delete from import_refusals where run = $1", [id]);
    await writeLine(client, id, "info", "sent again from the first line");
  }
  await client.query(
    `update runs set done = i.lines, problems = i.refused, total = coalesce($2, total) from imports i where id = $1 and i.run = id`,
    [id, total],
  );
  return { feed, made, standing: await standingOf(client, id) };
}

/** A part of a file, as the run takes it. */
export type ImportPart = {
  readonly feed: Feed;
  /** The lines before it, and its own. */
  readonly after: number;
  readonly lines: number;
  /** Of all lines up to its end. */
  readonly digest: string;
  /** Lines of the whole file, as far as its sender knows. */
  readonly total: number | null;
};

/** What storing a part tells its run. */
export type PartUnderWay = {
  /** Rejects when the run takes nothing now; before that nothing may be stored. */
  readonly admitted: Promise<void>;
  /** In the transaction of a chunk: its events, and the last of the part's lines that they come from. Throws `conflict`. */
  readonly stored: (client: pg.PoolClient, positions: readonly bigint[], line: number) => Promise<void>;
};

/** Begins to take a part. */
export function takePart(pool: pg.Pool, { feed, after }: ImportPart): PartUnderWay {
  const admitted = admitFeed(pool, feed);
  // Whoever stores the first chunk hears of it.
  admitted.catch(() => undefined);
  return {
    admitted,
    stored: async (client, positions, line) => {
      const { rowCount } = await client.query({
        name: "import_stored",
        text: `with fed as (${KEEP_FEED})
          update imports i set appended = i.appended + $4, first_position = coalesce(i.first_position, $5),
                 last_position = coalesce($6, i.last_position)
            from fed where i.run = fed.id`,
        values: [feed.id, feed.epoch, after + line, positions.length, positions[0] ?? null, positions.at(-1) ?? null],
      });
      if (rowCount === 0) throw await lostFeed(client, feed);
    },
  };
}

/** What became of a part's lines: those that were refused, numbered from 1, and how many had nothing in them. */
export type PartStored = { readonly refused: readonly RefusedLine[]; readonly blank: number };

/**
 * Settles a part that is stored: whoever sends the file again goes on after it. With `strict` a refused line ends the run,
 * and the part stays unsettled. Throws `conflict` when the run stands elsewhere by now.
 */
export function settlePart(
  pool: pg.Pool,
  part: ImportPart,
  { refused, blank }: PartStored,
  strict: boolean,
): Promise<Fed> {
  const { feed, after, lines, digest, total } = part;
  const numbered = refused.map((one) => ({ ...one, line: after + one.line }));
  const [first] = numbered;
  const stopped = strict ? first : undefined;
  return inTransaction(pool, async (client) => {
    const done = stopped ? stopped.line - 1 : after + lines;
    const fed = await moveFeed(client, feed, { done, total, problems: refused.length });
    if (first) await keepRefusals(client, feed.id, numbered);
    if (stopped) {
      const message = `Line ${stopped.line} was refused (${stopped.reason}): ${stopped.message}`;
      const error = { name: "LineRefused", message };
      const ended = fed.state === "running" && (await leaveRun(client, feed, "failed", { error }));
      return ended ? { ...fed, state: "failed" } : fed;
    }
    const { rowCount } = await client.query(
      "update imports set lines = $2 + $3, digest = $4, blank = blank + $5 where run = $1 and lines = $2",
      [feed.id, after, lines, digest, blank],
    );
    if (rowCount === 0) throw standsElsewhere(feed.id, await standingOf(client, feed.id), after);
    return fed;
  });
}

/** How a sender leaves an import: at the end of the file, or before, to go on another time. */
export type ImportEnd = "finished" | "interrupted";

/**
 * Ends an import in the caller's transaction, after `lines` of them. Finished, it has succeeded with its totals as result;
 * interrupted, it waits for the rest. Throws `conflict` when it stands elsewhere or is no longer this sender's.
 */
export async function endImport(client: pg.PoolClient, feed: Feed, end: ImportEnd, lines: number): Promise<void> {
  const standing = await standingOf(client, feed.id);
  if (end === "finished" && standing.lines !== lines) throw standsElsewhere(feed.id, standing, lines);
  const left =
    end === "finished"
      ? await leaveRun(client, feed, "succeeded", { result: resultOf(standing) })
      : await leaveRun(client, feed, "waiting");
  if (!left) throw await lostFeed(client, feed);
  const { appended, duplicates, refused } = resultOf(standing);
  await writeLine(
    client,
    feed.id,
    "info",
    end === "finished"
      ? `${lines} lines: ${appended} stored, ${duplicates} there before, ${refused} refused`
      : `its sender has stopped after ${standing.lines}: waits for the rest`,
  );
}

function resultOf({ lines, blank, refused, appended, firstPosition, lastPosition }: ImportStanding) {
  // Of a file that was changed between two sittings more may be stored than it has lines by now.
  const duplicates = Math.max(0, lines - blank - refused - appended);
  return { lines, appended, duplicates, refused, firstPosition, lastPosition };
}

type Row = {
  readonly lines: bigint;
  readonly digest: string | null;
  readonly blank: bigint;
  readonly refused: bigint;
  readonly appended: bigint;
  readonly first_position: bigint | null;
  readonly last_position: bigint | null;
};

async function standingOf(client: pg.PoolClient, run: bigint): Promise<ImportStanding> {
  const { rows } = await client.query<Row>(
    "select lines, digest, blank, refused, appended, first_position, last_position from imports where run = $1",
    [run],
  );
  const [row] = rows;
  if (!row) throw new NotFound("import", String(run));
  return {
    ...{ lines: Number(row.lines), digest: row.digest, blank: Number(row.blank), refused: Number(row.refused) },
    ...{ appended: Number(row.appended), firstPosition: row.first_position?.toString() ?? null },
    lastPosition: row.last_position?.toString() ?? null,
  };
}

function standsElsewhere(run: bigint, { lines }: ImportStanding, given: number): TidemarkError {
  const message = `Run ${run} has settled ${lines} lines, not ${given}. Begin it again, and send on from there.`;
  return new TidemarkError("conflict", message, { run: String(run), lines });
}

async function keepRefusals(client: pg.PoolClient, run: bigint, refused: readonly RefusedLine[]): Promise<void> {
  await client.query(
    `with counted as (
       update imports set refused = refused + cardinality($2::bigint[]) where run = $1 returning run, refused
     )
     insert into import_refusals (run, line, reason, message)
       select c.run, r.line, r.reason, r.message from counted c, unnest($2::bigint[], $3::text[], $4::text[]) as r(line, reason, message)
        where c.refused - cardinality($2::bigint[]) < ${REFUSALS_KEPT} on conflict do nothing`,
    [run, refused.map(({ line }) => line), refused.map(({ reason }) => reason), refused.map(({ message }) => message)],
  );
  const [first] = refused;
  if (!first) return;
  const more = refused.length > 1 ? `, and ${refused.length - 1} more up to line ${refused.at(-1)?.line}` : "";
  await writeLine(client, run, "warn", `line ${first.line} refused, ${first.reason}: ${first.message}${more}`);
}

import { z } from "zod";
import { InvalidRequest, NotFound, TidemarkError } from "@/lib/kernel/errors";
import { letterChoice, targetOf } from "@/lib/operations/letter-choice";
import { type OperationContext, operation } from "@/lib/operations/operation";
import { type DryRun, dryRun } from "@/lib/subscriptions/dry-run";

/** What would become of one letter. */
type LetterTried = DryRun & {
  readonly id: string;
  readonly stream: string;
  readonly position: string;
  /** The build whose code failed when it was set aside. */
  readonly build: string;
};

/** A dry run of several letters with the code of this process. */
export type LettersTried = {
  /** The build that tried. */
  readonly build: string;
  readonly passing: number;
  readonly failing: number;
  /** There are more letters than were tried. */
  readonly more: boolean;
  readonly letters: readonly LetterTried[];
};

/** Letters that one dry run tries; each may take as long as a small batch. */
const LETTERS_MAX = 200;

/** Tries open letters with today's code and changes nothing: each event and what waits behind it, rolled back. */
export const dryRunLetters = operation({
  name: "dry-run-dead-letters",
  role: "operator",
  input: z.strictObject(letterChoice),
  audited: false,
  target: targetOf,
  act: (context, input) => tryLetters(context, input),
  observe: async (_, __, tried) => tried,
});

type Row = {
  readonly id: bigint;
  readonly consumer: string;
  readonly generation: number;
  readonly version_of_code: number;
  readonly stream: string;
  readonly version: number;
  readonly position: bigint;
  readonly blocks: boolean;
  readonly build: string;
  readonly checkpoint: bigint | null;
};

/** The dry run itself, for operations that act on what would pass. */
export async function tryLetters(
  { pool, consumers, build }: OperationContext,
  { ids, group }: { readonly ids?: readonly string[] | undefined; readonly group?: string | undefined },
): Promise<LettersTried> {
  if (ids === undefined && group === undefined) throw new InvalidRequest("Name letters or a group.");
  const { rows } = await pool.query<Row>(
    `select d.id, d.consumer, d.generation, g.version as version_of_code, d.stream, d.version::float8 as version, d.position, d.blocks,
            d.build, p.checkpoint
       from dead_letters d
       join consumer_generations g on g.consumer = d.consumer and g.generation = d.generation
       left join consumer_partitions p on p.consumer = d.consumer and p.generation = d.generation
            and d.slice >= p.slice_from and d.slice < p.slice_to
      where d.closed_at is null and d.outcome is null and ($1::bigint[] is null or d.id = any ($1)) and ($2::text is null or d.fingerprint = $2)
      order by d.id limit $3`,
    [ids ?? null, group ?? null, LETTERS_MAX + 1],
  );
  if (rows.length === 0) throw new NotFound("open dead letter", ids?.join(", ") ?? group ?? "");
  const letters: LetterTried[] = [];
  for (const row of rows.slice(0, LETTERS_MAX)) {
    const consumer = consumers.find(({ name }) => name === row.consumer);
    if (!consumer || consumer.version !== row.version_of_code) {
      throw new TidemarkError(
        "conflict",
        `Dead letter ${row.id} is of ${row.consumer} version ${row.version_of_code}; this process has the code of ${consumer ? `version ${consumer.version}` : "no such consumer"}. Try it where that version runs.`,
        { consumer: row.consumer, version: row.version_of_code },
      );
    }
    const tried = await dryRun(pool, consumer, { ...row, checkpoint: row.checkpoint ?? row.position });
    letters.push({
      id: String(row.id),
      stream: row.stream,
      position: String(row.position),
      build: row.build,
      ...tried,
    });
  }
  const passing = letters.filter(({ passes }) => passes).length;
  return { build, passing, failing: letters.length - passing, more: rows.length > LETTERS_MAX, letters };
}

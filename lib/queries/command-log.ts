import { NotFound } from "@/lib/kernel/errors";
import { isUuid } from "@/lib/kernel/ids";
import { checkLimit, checkText, checkTime, invalid } from "@/lib/queries/check-input";
import type { QueryContext } from "@/lib/queries/query-context";
import { createValues } from "@/lib/queries/sql-values";

/** What may become of a command, in the order in which filters show it. */
export const handledOutcomes = ["accepted", "rejected", "conflict", "invalid", "failed"] as const;

/** One of them. */
export type HandledOutcome = (typeof handledOutcomes)[number];

/** A command that was handled. Times are ISO 8601 UTC; `ms` is from its receipt to its outcome. */
export type CommandRow = {
  readonly id: string;
  readonly at: string;
  readonly category: string;
  readonly command: string;
  readonly stream: string;
  readonly actor: string | null;
  readonly tenant: string | null;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly outcome: HandledOutcome;
  /** The rejection's or the error's code. */
  readonly code: string | null;
  /** How often it was decided, and how often it was sent under its id. */
  readonly attempts: number;
  readonly asked: number;
  readonly ms: number;
  readonly version: number | null;
  /** Where its events are, by stream. */
  readonly written: readonly { readonly stream: string; readonly fromVersion: number; readonly toVersion: number }[];
};

/** A page of the log of commands, newest first. */
export type CommandLogPage = { readonly commands: readonly CommandRow[]; readonly next: string | null };

/** What a page is asked by; every filter is exact. `refused` stands for each outcome but accepted. */
export type CommandLogRequest = {
  readonly category?: string | undefined;
  readonly command?: string | undefined;
  readonly stream?: string | undefined;
  readonly actor?: string | undefined;
  readonly correlation?: string | undefined;
  readonly code?: string | undefined;
  readonly outcome?: HandledOutcome | "refused" | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
};

const EXACT = {
  ...{ category: "category", command: "command", stream: "stream" },
  ...{ actor: "actor", correlation: "correlation_id", code: "code" },
} as const;

/** Lists what was handled. The log is bounded, and so is what a filter without an index looks at. Throws `InvalidRequest`. */
export async function listCommands({ reads }: QueryContext, request: CommandLogRequest): Promise<CommandLogPage> {
  const limit = checkLimit(request.limit);
  const { values, bind } = createValues();
  const where: string[] = [];
  for (const [name, column] of Object.entries(EXACT)) {
    const value = request[name as keyof typeof EXACT];
    if (value !== undefined) where.push(`c.${column} = ${bind(checkText(value, name))}`);
  }
  if (request.outcome === "refused") where.push("c.outcome <> 'accepted'");
  else if (request.outcome !== undefined) where.push(`c.outcome = ${bind(request.outcome)}`);
  if (request.from !== undefined) where.push(`c.handled_at >= ${bind(checkTime(request.from, "from"))}::timestamptz`);
  if (request.to !== undefined) where.push(`c.handled_at < ${bind(checkTime(request.to, "to"))}::timestamptz`);
  if (request.cursor !== undefined) where.push(`c.seq < ${bind(checkSeq(request.cursor))}::bigint`);
  const rows = await reads.query<CommandRecord>(
    `select ${columns} from command_log c ${where.length > 0 ? `where ${where.join(" and ")}` : ""}
      order by c.seq desc limit ${bind(limit + 1)}::int`,
    values,
  );
  const next = rows.length > limit ? String(rows[limit - 1]?.seq) : null;
  return { commands: rows.slice(0, limit).map(toRow), next };
}

/** An event that a command led to. */
type LedTo = {
  readonly id: string;
  readonly type: string;
  readonly stream: string;
  readonly version: number;
  readonly position: string;
};

/** A command with the events it led to; `moreEvents` says that not all of them are listed. */
export type CommandPage = CommandRow & { readonly events: readonly LedTo[]; readonly moreEvents: boolean };

const EVENTS_MAX = 100;

/** One command by its id. Throws `NotFound`: it never was, or it is no longer kept. */
export async function readCommand({ reads }: QueryContext, id: string): Promise<CommandPage> {
  const found = isUuid(id)
    ? await reads.query<CommandRecord>(`select ${columns} from command_log c where c.id = $1::uuid`, [id])
    : [];
  const [record] = found;
  if (!record) throw new NotFound("command in the log", id.slice(0, 100));
  const row = toRow(record);
  const events = await reads.query<Omit<LedTo, "version" | "position"> & { version: bigint; position: bigint }>(
    `select e.event_id as id, e.type, e.stream, e.version, e.position
       from unnest($1::text[], $2::bigint[], $3::bigint[]) as w(stream, first, last)
       join events e on e.stream = w.stream and e.version between w.first and w.last
      order by e.position limit $4::int`,
    [
      row.written.map(({ stream }) => stream),
      row.written.map(({ fromVersion }) => fromVersion),
      row.written.map(({ toVersion }) => toVersion),
      EVENTS_MAX + 1,
    ],
  );
  const shown = events.slice(0, EVENTS_MAX);
  return {
    ...row,
    events: shown.map((event) => ({ ...event, version: Number(event.version), position: String(event.position) })),
    moreEvents: events.length > shown.length,
  };
}

type CommandRecord = Omit<CommandRow, "ms" | "version" | "written"> & {
  readonly seq: bigint;
  readonly us: bigint;
  readonly version: bigint | null;
  readonly written: string;
};

const columns = `c.seq, c.id, c.handled_at as at, c.category, c.command, c.stream, c.actor, c.tenant, c.correlation_id as "correlationId",
  c.causation_id as "causationId", c.outcome, c.code, c.attempts, c.asked, c.duration_us as us, c.version, c.written`;

function toRow({ seq: _, us, version, written, ...row }: CommandRecord): CommandRow {
  return {
    ...row,
    ms: Number(us) / 1_000,
    version: version === null ? null : Number(version),
    written: JSON.parse(written) as CommandRow["written"],
  };
}

function checkSeq(text: string): string {
  if (/^[1-9]\d{0,17}$/.test(text)) return text;
  throw invalid("cursor", "must be the `next` of a page");
}

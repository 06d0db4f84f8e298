import { invalid } from "@/lib/queries/check-input";

/** A stream as lists show it. */
export type StreamRow = {
  readonly stream: string;
  readonly category: string;
  readonly version: number;
  readonly bytes: number;
  readonly firstPosition: string | null;
  readonly lastPosition: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** The type of its last event; only when sorted by activity. */
  readonly lastType: string | null;
};

/** The record of a stream as the database gives it. */
export type StreamRecord = {
  readonly stream: string;
  readonly category: string;
  readonly version: bigint;
  readonly bytes: bigint;
  readonly first_position: bigint | null;
  readonly last_position: bigint | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly last_type?: string | null;
  /** The position that the list is ordered by; only when sorted by activity. */
  readonly position?: bigint;
};

/** The columns of `StreamRecord`, of the table `s`. */
export const streamColumns =
  "s.stream, s.category, s.version, s.bytes, s.first_position, s.last_position, s.created_at, s.updated_at";

/** A database row as lists show it. */
export function toStreamRow(record: StreamRecord): StreamRow {
  return {
    stream: record.stream,
    category: record.category,
    version: Number(record.version),
    bytes: Number(record.bytes),
    firstPosition: record.first_position === null ? null : String(record.first_position),
    lastPosition: record.last_position === null ? null : String(record.last_position),
    createdAt: record.created_at,
    updatedAt: record.updated_at,
    lastType: record.last_type ?? null,
  };
}

/** The least text that is greater than every text with this prefix. Throws `InvalidRequest` where there is none. */
export function afterPrefix(prefix: string): string {
  const points = [...prefix];
  for (let i = points.length - 1; i >= 0; i--) {
    const point = points[i]?.codePointAt(0) ?? 0;
    if (point === 0x10ffff) continue;
    const next = point === 0xd7ff ? 0xe000 : point + 1;
    return points.slice(0, i).join("") + String.fromCodePoint(next);
  }
  throw invalid("prefix", "has no text after it");
}

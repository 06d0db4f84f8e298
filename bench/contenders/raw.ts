import { randomUUID } from "node:crypto";
import { dataText, metadataText, Streams } from "../event";
import { plainPool } from "../plain-pool";
import type { Appender } from "./appender";

/** The table that anybody would make: the two indexes every event store needs, and nothing else. */
export const rawTable = `
  create table raw_events (
    position bigint generated always as identity primary key,
    event_id uuid not null, stream text not null, version bigint not null, type text not null,
    recorded_at timestamptz not null default clock_timestamp(), data json not null, metadata json not null);
  create unique index raw_events_stream on raw_events (stream, version)`;

/**
 * The floor: one prepared INSERT a call on a connection of its own, rows as VALUES. Nothing is checked but what the
 * unique index checks; no idempotency, no order for readers.
 */
export async function rawAppender(url: string, callers: number): Promise<Appender> {
  const pool = plainPool(url, callers);
  await pool.query(rawTable);
  const streams = new Streams(() => "raw");
  return {
    name: "raw prepared INSERT",
    append: async (caller, events) => {
      const { stream, version } = streams.next(caller);
      const values: unknown[] = [];
      for (let i = 1; i <= events; i++)
        values.push(randomUUID(), stream, version + i, "OrderPlaced", dataText, metadataText);
      await pool.query({ name: `insert-${events}`, text: insert(events), values });
      streams.grown(stream, events);
    },
    close: () => pool.end(),
  };
}

const texts = new Map<number, string>();

function insert(events: number): string {
  const known = texts.get(events);
  if (known !== undefined) return known;
  const row = (i: number) =>
    `($${i * 6 + 1}, $${i * 6 + 2}, $${i * 6 + 3}, $${i * 6 + 4}, $${i * 6 + 5}, $${i * 6 + 6})`;
  const rows = Array.from({ length: events }, (_, i) => row(i)).join(", ");
  const text = `insert into raw_events (event_id, stream, version, type, data, metadata) values ${rows}`;
  texts.set(events, text);
  return text;
}

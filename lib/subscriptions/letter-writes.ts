import type pg from "pg";
import { type Consumer, type Effects, type EventFailed, firstParameter } from "@/lib/subscriptions/consumer";
import type { DeadLetter } from "@/lib/subscriptions/dead-letter";
import { describeFailure, fingerprintOf } from "@/lib/subscriptions/failure";
import { defaultPolicy } from "@/lib/subscriptions/failure-policy";
import type { Lease } from "@/lib/subscriptions/lease";

/** What a commit does to letters beside its effects. */
export type LetterWrites = {
  /** An open letter whose stream has been applied up to the version `through`; `closed` when nothing waits behind it any more. */
  readonly moved?: {
    readonly letter: DeadLetter;
    readonly outcome: "retried" | "skipped";
    readonly through: number;
    readonly closed: boolean;
  };
  /** Events to set aside. */
  readonly parked?: readonly EventFailed[];
};

/** Who writes letters, and for the record which build's code failed. */
export type LetterWriter = { readonly consumer: Consumer; readonly lease: Lease; readonly build: string };

/** The effects with the letters in the same commit: both or neither, under the same fence. */
export function withLetters(effects: Effects, writer: LetterWriter, writes: LetterWrites): Effects {
  if (effects.kind === "transaction") {
    return {
      kind: "transaction",
      run: async (client: pg.PoolClient) => {
        await effects.run(client);
        for (const { text, values } of statementsFor(writer, writes)) await client.query(text(1, "true"), [...values]);
      },
    };
  }
  const parts = [...effects.parts];
  const values = [...effects.values];
  const moved = "exists (select from moved)";
  for (const statement of statementsFor(writer, writes)) {
    // One after the other: the letter that makes room for the next of its stream is closed before that one is written.
    const before =
      parts.length > effects.parts.length ? ` and (select count(*) from part_${parts.length - 1}) >= 0` : "";
    parts.push(statement.text(firstParameter + values.length, moved + before));
    values.push(...statement.values);
  }
  return { kind: "statement", parts, values };
}

/** A statement whose parameters begin at a given number and which does nothing unless its guard holds. */
type Guarded = { readonly text: (first: number, guard: string) => string; readonly values: readonly unknown[] };

function statementsFor(writer: LetterWriter, { moved, parked = [] }: LetterWrites): Guarded[] {
  const statements: Guarded[] = [];
  if (moved) {
    const { letter, outcome, through, closed } = moved;
    statements.push({
      text: (first, guard) => `update dead_letters
           set state = case when $${first + 3}::boolean then $${first + 1}::text else 'draining' end, outcome = $${first + 1}::text,
               through = $${first + 2}::bigint, next_attempt_at = null,
               closed_at = case when $${first + 3}::boolean then clock_timestamp() end
         where id = $${first}::bigint and closed_at is null and ${guard}`,
      values: [letter.id, outcome, through, closed],
    });
  }
  if (parked.length > 0) statements.push(parking(writer, parked));
  return statements;
}

function parking({ consumer, lease, build }: LetterWriter, parked: readonly EventFailed[]): Guarded {
  const { onFailure, attempts, retryMs } = consumer.failurePolicy ?? defaultPolicy;
  const rows = parked.map((failed) => {
    const { event } = failed;
    const failure = describeFailure(failed, event.data);
    return {
      stream: event.stream,
      slice: event.slice,
      version: event.version,
      position: String(event.position),
      event_id: event.id,
      type: event.type,
      fingerprint: fingerprintOf(consumer.name, event.type, failure),
      error: failure,
    };
  });
  return {
    text: (first, guard) => `insert into dead_letters
         (consumer, generation, stream, slice, version, position, event_id, type, blocks, state, fingerprint, error, build, next_attempt_at)
       select $${first}::text, $${first + 1}::integer, n.stream, n.slice, n.version, n.position, n.event_id, n.type, $${first + 2}::boolean,
              case when $${first + 3}::integer > 1 then 'retrying' else 'parked' end, n.fingerprint, n.error, $${first + 4}::text,
              case when $${first + 3}::integer > 1 then clock_timestamp() + $${first + 5}::float8 * (0.5 + random() / 2) * interval '1 millisecond' end
         from json_to_recordset($${first + 6}::json) as n(stream text, slice integer, version bigint, position bigint, event_id uuid,
              type text, fingerprint text, error json)
        where ${guard}`,
    values: [
      ...[lease.consumer, lease.generation, onFailure === "park-stream", attempts, build, retryMs],
      JSON.stringify(rows).replaceAll("\\u0000", ""),
    ],
  };
}

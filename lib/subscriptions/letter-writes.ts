import type pg from "pg";
import { readableText } from "@/lib/privacy/open-payload";
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
  /** An event to set aside. */
  readonly parked?: EventFailed | undefined;
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

function statementsFor(writer: LetterWriter, { moved, parked }: LetterWrites): Guarded[] {
  const statements: Guarded[] = [];
  if (moved) {
    const { letter, outcome, through, closed } = moved;
    statements.push({
      text: (first, guard) => `update dead_letters
           set state = case when $${first + 3}::boolean then $${first + 1}::text else 'draining' end, outcome = $${first + 1}::text,
               through = $${first + 2}::bigint, next_attempt_at = null, ${withoutLateSkip(`$${first + 1}::text`)},
               closed_at = case when $${first + 3}::boolean then clock_timestamp() end
         where id = $${first}::bigint and closed_at is null and ${guard}`,
      values: [letter.id, outcome, through, closed],
    });
  }
  if (parked) statements.push(parking(writer, parked));
  return statements;
}

/** Assignments that take back a skip that was ordered while the event was being applied: it came too late to happen. */
function withoutLateSkip(outcome: string): string {
  return ["wanted", "wanted_by", "wanted_at", "reason", "ticket"]
    .map((column) => `${column} = case when wanted = 'skip' and ${outcome} = 'retried' then null else ${column} end`)
    .join(", ");
}

function parking({ consumer, lease, build }: LetterWriter, parked: EventFailed): Guarded {
  const { onFailure, attempts, retryMs } = consumer.failurePolicy ?? defaultPolicy;
  const { event } = parked;
  const failure = describeFailure(parked, readableText(event));
  return {
    text: (first, guard) => {
      const $ = (index: number, type: string) => `$${first + index}::${type}`;
      const again = `${$(9, "integer")} > 1`;
      return `insert into dead_letters (consumer, generation, stream, slice, version, position, event_id, type, blocks,
            state, next_attempt_at, fingerprint, error, build)
       select ${$(0, "text")}, ${$(1, "integer")}, ${$(2, "text")}, ${$(3, "integer")}, ${$(4, "bigint")}, ${$(5, "bigint")},
              ${$(6, "uuid")}, ${$(7, "text")}, ${$(8, "boolean")}, case when ${again} then 'retrying' else 'parked' end,
              case when ${again} then clock_timestamp() + ${$(10, "float8")} * (0.5 + random() / 2) * interval '1 millisecond' end,
              ${$(11, "text")}, ${$(12, "json")}, ${$(13, "text")}
        where ${guard}`;
    },
    values: [
      ...[
        lease.consumer,
        lease.generation,
        event.stream,
        event.slice,
        event.version,
        event.position,
        event.id,
        event.type,
      ],
      ...[onFailure === "park-stream", attempts, retryMs, fingerprintOf(consumer.name, event.type, failure)],
      ...[JSON.stringify(failure).replaceAll("\\u0000", ""), build],
    ],
  };
}

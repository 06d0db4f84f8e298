import type pg from "pg";
import { inTransaction } from "@/lib/db/in-transaction";
import { type Consumer, EventFailed, firstParameter } from "@/lib/subscriptions/consumer";
import { defaultPolicy, type FailurePolicy } from "@/lib/subscriptions/failure-policy";
import { registerConsumer } from "@/lib/subscriptions/register-consumer";

/** Notes that a recording consumer cannot take; a test takes one out to cure it. */
type Poison = Set<string>;

/** How a recording consumer behaves; `calls` counts how often each poisonous note was tried. */
export type Recording = {
  readonly name: string;
  /** `memory` fails while it prepares, `transaction` in its own statements, `commit` by what the database refuses. */
  readonly fails: "memory" | "transaction" | "commit";
  readonly poison: Poison;
  readonly calls?: Map<string, number>;
  readonly policy?: Partial<FailurePolicy>;
  readonly partitions?: number;
};

/** The type of event that recording consumers read; its payload has a `note`. */
export const NOTED = "Noted";

/** Makes the table in which recording consumers write one row an event in the order in which they applied them. */
export async function createApplied(owner: pg.Pool): Promise<void> {
  await owner.query(
    `create table tidemark.applied (
       n bigint generated always as identity, consumer text, stream text, version bigint, note text check (note <> 'refused'),
       primary key (consumer, stream, version))`,
  );
  await owner.query("grant select, insert on tidemark.applied to tidemark_app");
}

/** A consumer that writes down what it applies, and registers itself. Doing an event twice is an error of the database. */
export async function recordingConsumer(pool: pg.Pool, recording: Recording): Promise<Consumer> {
  const { name, fails, poison, calls, policy, partitions = 2 } = recording;
  const check = (note: string) => {
    if (!poison.has(note)) return;
    calls?.set(note, (calls.get(note) ?? 0) + 1);
    throw new RangeError(`cannot note ${note}`);
  };
  const noteOf = ({ data }: { data: string }) => (JSON.parse(data) as { note: string }).note;
  const consumer: Consumer = {
    ...{
      name,
      kind: "projection",
      mode: "async",
      style: "handler",
      version: 1,
      partitions,
      types: [NOTED],
      sloMs: 1_000,
    },
    failurePolicy: { ...defaultPolicy, retryMs: 20, attempts: 2, ...policy },
    open: () => ({
      forget: () => undefined,
      prepare: async (events) => {
        const rows = events.map((event, index) => {
          const note = noteOf(event);
          try {
            if (fails === "memory") check(note);
          } catch (error) {
            throw new EventFailed(index, event, error);
          }
          const refused = fails === "commit" && poison.has(note);
          return { stream: event.stream, version: event.version, note: refused ? "refused" : note };
        });
        const insert = (first: number) =>
          `insert into applied (consumer, stream, version, note) select '${name}', r.stream, r.version, r.note
             from json_to_recordset($${first}::json) as r(stream text, version bigint, note text)`;
        if (fails !== "transaction") {
          const text = `${insert(firstParameter)} where exists (select from moved)`;
          return { kind: "statement", parts: [text], values: [JSON.stringify(rows)] };
        }
        return {
          kind: "transaction",
          run: async (client) => {
            for (const [index, event] of events.entries()) {
              try {
                check(noteOf(event));
              } catch (error) {
                throw new EventFailed(index, event, error);
              }
              await client.query(insert(1), [JSON.stringify([rows[index]])]);
            }
          },
        };
      },
    }),
  };
  await inTransaction(pool, (client) => registerConsumer(client, consumer));
  return consumer;
}

import type pg from "pg";
import { callAppend } from "@/lib/event-store/append-call";
import { prepareAppend } from "@/lib/event-store/prepare-append";

/** An event for `appendRaw`: to any version of its stream. */
export type RawEvent = {
  readonly stream: string;
  readonly type: string;
  readonly data: unknown;
  readonly schemaVersion?: number;
  readonly tenant?: string;
};

/**
 * Appends each event as an append of its own in one call of the store's SQL function, without group commit and inline
 * consumers. Returns the positions.
 */
export async function appendRaw(db: Pick<pg.PoolClient, "query">, events: readonly RawEvent[]): Promise<bigint[]> {
  const group = events.map(({ stream, type, data, schemaVersion = 1, tenant }) =>
    prepareAppend({
      ...(tenant === undefined ? {} : { tenant }),
      writes: [{ stream, expectedVersion: "any", events: [{ type, schemaVersion, data: JSON.stringify(data) }] }],
    }),
  );
  const outcomes = await callAppend(db, group, { wait: true, lookForKnown: true });
  return outcomes.map((outcome) => {
    if (outcome.kind !== "ok") throw new Error(`an append answered ${outcome.kind}`);
    return outcome.results[0]?.firstPosition ?? 0n;
  });
}

import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import { requiredReason } from "@/lib/operations/attribution";
import { committed, type OperationContext, operation } from "@/lib/operations/operation";
import { digestOf, personOrDigestFields } from "@/lib/operations/request-shred";
import { readSealedEvents } from "@/lib/operations/reveal-personal-data";
import { personalValues } from "@/lib/privacy/field-states";
import { bringKeys } from "@/lib/privacy/keys-at-hand";
import { lookupHash } from "@/lib/privacy/lookup-hash";
import { subjectEvents } from "@/lib/queries/subject-events";

/** What is asked: whether a value is a person's, and where. */
export const lookUpFields = {
  ...personOrDigestFields,
  value: z
    .union([z.string().min(1).max(10_000), z.number(), z.boolean()])
    .describe("The value, letter by letter as it stands in events; it is stored nowhere"),
  before: z.string().optional().describe("`next` of the answer before"),
};

/** Events that one answer opens at most. */
const EVENTS_MAX = 100;

/**
 * Tells a privacy officer who says why in which of a person's events a value stands, and what stands for it in read models: its
 * hash under each live key of the person. One answer looks at a bounded part of the log, the newest first. The audit has whose and
 * how many, never the value. Throws `unavailable` when the key store does not answer.
 */
export const lookUpValue = operation({
  name: "look-up-value",
  role: "privacy-officer",
  input: z.strictObject({ ...lookUpFields, reason: requiredReason }),
  audited: true,
  target: () => null,
  act: async (context, input, audit) => {
    const { keys, digest } = await digestOf(context, input);
    const ids = (await keys.personKeys(digest)).map(({ id }) => id);
    const hashes = [...(await keys.keysToOpen(ids)).values()].flatMap((opened) =>
      opened.state === "live" ? [{ epoch: opened.key.epoch, hash: lookupHash(opened.key, input.value) }] : [],
    );
    const {
      events: around,
      lookedTo,
      next,
    } = await subjectEvents(context, ids, {
      before: input.before,
      limit: EVENTS_MAX,
    });
    const events = await eventsWith(context, around, new Set(ids), input.value);
    await inTransaction(context.pool, (client) =>
      audit(client, {
        type: "PersonalValueLookedUp",
        summary: `Looked for a value in ${around.length} events of a person; it stands in ${events.length}`,
        facts: { subject: digest, looked: around.length, found: events.length },
      }),
    );
    return { subject: digest, hashes, events, lookedTo, next };
  },
  observe: async (_, __, found) => committed("what was found is the answer", found),
});

type Around = Awaited<ReturnType<typeof subjectEvents>>["events"];

/** Those in which the value stands, with its paths. */
async function eventsWith(context: OperationContext, around: Around, keys: ReadonlySet<string>, value: unknown) {
  if (around.length === 0) return [];
  const stored = await readSealedEvents(
    context.pool,
    around.map(({ id }) => id),
  );
  await bringKeys(context.keys, stored);
  const paths = new Map(
    stored.map((event) => [
      event.id,
      personalValues(event, [], keys)
        .filter((found) => found.value === value)
        .map(({ path }) => path),
    ]),
  );
  return around.flatMap(({ id, position, stream, version, type, recordedAt }) => {
    const found = paths.get(id) ?? [];
    return found.length === 0 ? [] : [{ id, position, stream, version, type, recordedAt, paths: found }];
  });
}

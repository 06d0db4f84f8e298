import type pg from "pg";
import { failpoint } from "@/lib/kernel/failpoint";
import type { KeyStore } from "@/lib/keys/key-store";
import { noKeyStore } from "@/lib/keys/rotate-keys";
import { defineRun, type RunKind } from "@/lib/runs/run";
import { certify, signerOf } from "@/lib/shred/certify";
import { findSealed } from "@/lib/shred/find-sealed";
import { findLate } from "@/lib/shred/late-events";
import { lockPerson, refuseHeld } from "@/lib/shred/legal-hold";
import { gatherTexts } from "@/lib/shred/personal-values";
import { asFrozen, readMark, type ShredInput } from "@/lib/shred/preview-run";
import { rebuildReadModels } from "@/lib/shred/rebuild-read-models";
import { removeExports } from "@/lib/shred/remove-exports";
import {
  type Approved,
  approved,
  readNote,
  type ShredContext,
  type Shredded,
  type ShredRunParts,
} from "@/lib/shred/shred-context";
import { closeRequest, notNow, readRequest, type ShredState } from "@/lib/shred/shred-request";
import { appendTombstone } from "@/lib/shred/tombstone";
import { verifyShred } from "@/lib/shred/verify-shred";

/**
 * The run that forgets a person as approved: checks that nothing has changed since, destroys their keys, has what was derived from
 * them made anew, looks for what is left, and certifies what it saw. Each phase is safe to do again; once the keys are destroyed
 * there is only forward.
 */
export function shredRun(parts: ShredRunParts): RunKind {
  return defineRun<ShredInput, Shredded>({
    kind: "shred",
    steeredBy: "privacy-officer",
    unit: "positions",
    phases: ["check", "destroy", "rebuild", "verify", "certify"],
    run: (context) => shred(parts, context),
    undo: async (context) => {
      await context.step(async (client) => {
        const request = await readRequest(client, context.input.request, "lock");
        if (request.state === "approved") {
          await closeRequest(client, request.id, {
            state: "void",
            by: `run ${context.id}`,
            reason: "its run was cancelled",
          });
        }
        return context.checkpoint ?? { before: null, cleansed: null };
      });
    },
  });
}

async function shred(parts: ShredRunParts, context: ShredContext): Promise<unknown> {
  const { pool, keys } = parts;
  if (!keys) throw noKeyStore();
  const request = approved(await readRequest(pool, context.input.request));
  if (request.endedAt !== null) return { outcome: request.state };
  // Before anything is destroyed: who cannot sign in the end leaves it to a worker that can.
  await signerOf(parts, context);
  const frozen = request.preview;
  const ids = frozen.keys.map(({ id }) => id);
  if (request.state === "approved") {
    context.progress({ phase: "check", done: Number(frozen.upTo), total: null });
    const change = await changeSince(pool, keys, request, context);
    if (change !== null) return await giveUp(context, request, change);
    let withdrawn: ShredState | undefined;
    await context.step(async (client) => {
      await lockPerson(client, request.subject);
      const { state, endedAt } = await readRequest(client, request.id, "lock");
      if (endedAt !== null) {
        withdrawn = state;
        return { before: null, cleansed: null };
      }
      await refuseHeld(client, request.subject);
      if (state !== "approved") throw notNow({ ...request, state }, "begun");
      await client.query("update shred_requests set state = 'shredding' where id = $1", [request.id]);
      return { before: await readNote(client), cleansed: null };
    });
    if (withdrawn !== undefined) return { outcome: withdrawn };
  }
  context.progress({ phase: "destroy", unit: "keys", done: 0, total: ids.length });
  // Only while the keys live, and in memory only: after a crash behind this line nobody knows them any more.
  const texts =
    request.destroyedAt === null
      ? await gatherTexts(pool, keys, ids, { after: 0n, upTo: BigInt(frozen.upTo), types: Object.keys(frozen.types) })
      : { texts: [], all: false, id: undefined };
  await destroy(parts, keys, request, context);
  await removeExports(parts, request.subject, context);
  const since = approved(await readRequest(pool, request.id));
  await appendTombstone(parts, since, context);
  const buried = approved(await readRequest(pool, request.id));
  const late = await findLate(pool, buried);
  context.progress({ phase: "rebuild", unit: "read models", done: 0, total: null });
  await rebuildReadModels(parts, buried, late, context);
  failpoint("shred.after-rebuild");
  context.progress({ phase: "verify", unit: "places" });
  const seen = await verifyShred(parts, keys, { request: buried, late }, texts);
  context.progress({ phase: "certify", problems: seen.places.filter(({ left }) => (left ?? 0) > 0).length });
  return await certify(parts, keys, { request: buried, seen }, context);
}

/** The keys first, then what the server keeps of them; the request's time is taken by the clock that read models are timed with. */
async function destroy(
  { pool }: ShredRunParts,
  keys: KeyStore,
  { id, subject, preview, destroyedAt }: Approved,
  context: ShredContext,
): Promise<void> {
  failpoint("shred.before-destroy");
  await keys.destroy(subject, Math.max(...preview.keys.map(({ epoch }) => epoch)));
  failpoint("shred.after-destroy");
  if (destroyedAt === null) {
    const [what, them] = preview.keys.length === 1 ? ["1 key", "it"] : [`${preview.keys.length} keys`, "them"];
    await context.log(`destroyed ${what}; what was sealed under ${them} is forgotten`);
  }
  if (context.checkpoint?.cleansed) return;
  const cleansed = await keys.cleanse();
  const before = context.checkpoint?.before ?? (await readNote(pool));
  await context.step(async (client) => {
    await client.query(
      "update shred_requests set destroyed_at = coalesce(destroyed_at, clock_timestamp()) where id = $1",
      [id],
    );
    return { before, cleansed };
  });
}

/** What is not as it was approved, in words; null when all is. */
async function changeSince(
  pool: pg.Pool,
  keys: KeyStore,
  { subject, preview }: Approved,
  context: ShredContext,
): Promise<string | null> {
  const now = asFrozen(await keys.personKeys(subject));
  if (JSON.stringify(now) !== JSON.stringify(preview.keys)) return "the person's keys have changed";
  const upTo = await readMark(pool);
  let events = 0;
  for (let after = BigInt(preview.upTo); after < upTo && now.length > 0; ) {
    const found = await findSealed(
      pool,
      now.map(({ id }) => id),
      { after, upTo },
    );
    events += found.events.length;
    after = found.looked;
    context.progress({ done: Number(after), total: Number(upTo) });
    await context.wait(0);
  }
  return events === 0 ? null : `${events} events of this person were appended`;
}

async function giveUp(context: ShredContext, request: Approved, change: string): Promise<unknown> {
  const reason = `${change} since it was previewed; request it again`;
  await context.step(async (client) => {
    await closeRequest(client, request.id, { state: "void", by: `run ${context.id}`, reason });
    return { before: null, cleansed: null };
  });
  await context.log(`nothing was destroyed: ${reason}`, "warn");
  return { outcome: "void", reason };
}

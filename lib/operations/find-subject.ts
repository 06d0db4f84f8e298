import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import { TidemarkError } from "@/lib/kernel/errors";
import { noKeyStore } from "@/lib/keys/rotate-keys";
import { requiredReason } from "@/lib/operations/attribution";
import { committed, operation } from "@/lib/operations/operation";
import { digestOf, personOrDigestFields } from "@/lib/operations/request-shred";
import { readHold } from "@/lib/shred/legal-hold";
import { listRequestsOf, readReference, readRequest } from "@/lib/shred/shred-request";

/**
 * What is known of a person by their identifier, or its digest: keys, the legal hold that stands, and requests. The identifier is stored nowhere;
 * the audit has the digest.
 */
export const findSubject = operation({
  name: "find-subject",
  role: "privacy-officer",
  input: z.strictObject(personOrDigestFields),
  audited: true,
  target: () => null,
  act: async (context, input, audit) => {
    const { keys, digest } = await digestOf(context, input);
    const known = await keys.personKeys(digest);
    return inTransaction(context.pool, async (client) => {
      const summary = "Looked up what is held about a person";
      await audit(client, { type: "SubjectLookedUp", summary, facts: { subject: digest } });
      const [hold, requests] = [await readHold(client, digest), await listRequestsOf(client, digest)];
      return { subject: digest, tenant: input.tenant ?? null, keys: known, hold: hold ?? null, requests };
    });
  },
  observe: async (_, __, found) => committed("what was read is the answer", found),
});

/** Whom an open request is about. Throws `conflict` once it has ended: then nobody knows. */
export const revealShredSubject = operation({
  name: "reveal-shred-subject",
  role: "privacy-officer",
  input: z.strictObject({ request: z.uuid(), reason: requiredReason }),
  audited: true,
  target: (input) => input.request,
  act: async ({ pool, keys }, { request: id }, audit) => {
    if (!keys) throw noKeyStore();
    const request = await readRequest(pool, id);
    const reference = await readReference(pool, id);
    if (reference === null) {
      const message = `Shred request ${id} has ended (${request.state}): whom it was about is not kept.`;
      throw new TidemarkError("conflict", message, { request: id, state: request.state });
    }
    const subject = await keys.openReference(reference, id);
    await inTransaction(pool, (client) =>
      audit(client, {
        type: "ShredSubjectRevealed",
        summary: `Looked up whom shred request ${id} is about`,
        facts: { request: id, subject: request.subject },
      }),
    );
    return { subject, tenant: request.tenant };
  },
  observe: async (_, __, found) => committed("what was read is the answer", found),
});

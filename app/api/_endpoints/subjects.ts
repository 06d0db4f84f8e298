import { z } from "zod";
import { json } from "@/app/_lib/answer";
import { operationContext } from "@/app/_lib/operation-context";
import { endpoint } from "@/app/_lib/route";
import { attributionFields, requiredReason } from "@/lib/operations/attribution";
import { findSubject } from "@/lib/operations/find-subject";
import { releaseLegalHold, setLegalHold } from "@/lib/operations/hold-person";
import { readmitSubject } from "@/lib/operations/readmit-subject";
import { personFields } from "@/lib/operations/request-shred";
import { listHolds } from "@/lib/queries/list-shreds";

/** Who it is goes into bodies only: addresses end up in logs and histories. */
const person = z.strictObject({ ...attributionFields, ...personFields });
const personWithReason = person.extend({ reason: requiredReason });

/** Looks a person up. */
export const findSubjectEndpoint = endpoint({
  path: "/api/v1/{store}/subjects/find",
  summary: "What is known of a person by their id: keys, legal hold, requests; the id is stored nowhere; audited",
  operation: findSubject,
  body: person,
  handle: async (call) => json(await findSubject(operationContext(call), call.body)),
});

/** Sets a hold. */
export const setHoldEndpoint = endpoint({
  path: "/api/v1/{store}/subjects/hold",
  summary: "Set a legal hold on a person: nothing of theirs is erased until it is released",
  operation: setLegalHold,
  body: personWithReason,
  handle: async (call) => json(await setLegalHold(operationContext(call), call.body), 201),
});

/** Releases it. */
export const releaseHoldEndpoint = endpoint({
  path: "/api/v1/{store}/subjects/release",
  summary: "Release the legal hold that stands on a person",
  operation: releaseLegalHold,
  body: personWithReason,
  handle: async (call) => json(await releaseLegalHold(operationContext(call), call.body)),
});

/** Takes somebody up again. */
export const readmitSubjectEndpoint = endpoint({
  path: "/api/v1/{store}/subjects/readmit",
  summary: "Begin the next key of a person who was forgotten and comes back; what was forgotten stays so",
  operation: readmitSubject,
  body: personWithReason,
  handle: async (call) => json(await readmitSubject(operationContext(call), call.body), 201),
});

/** Holds that stand. */
export const listHoldsEndpoint = endpoint({
  path: "/api/v1/{store}/holds",
  summary: "Legal holds that stand, the newest first; at most 500",
  role: "privacy-officer",
  handle: async ({ context }) => json(await listHolds(context)),
});

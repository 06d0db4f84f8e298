import { z } from "zod";
import { json } from "@/app/_lib/answer";
import { operationContext } from "@/app/_lib/operation-context";
import { endpoint } from "@/app/_lib/route";
import { limit, position } from "@/app/api/_endpoints/parameters";
import { attributionFields, requiredReason } from "@/lib/operations/attribution";
import { exportPerson } from "@/lib/operations/export-person";
import { findSubject } from "@/lib/operations/find-subject";
import { releaseLegalHold, setLegalHold } from "@/lib/operations/hold-person";
import { lookUpFields, lookUpValue } from "@/lib/operations/look-up-value";
import { readmitSubject } from "@/lib/operations/readmit-subject";
import { personFields, personOrDigestFields } from "@/lib/operations/request-shred";
import { revealFields, revealPersonalData } from "@/lib/operations/reveal-personal-data";
import { scanPersonal } from "@/lib/operations/scan-personal";
import { listHolds } from "@/lib/queries/list-shreds";
import { listSubjects } from "@/lib/queries/list-subjects";
import { subjectEvents } from "@/lib/queries/subject-events";
import { subjectPage } from "@/lib/queries/subject-page";
import { subjectStreams } from "@/lib/queries/subject-streams";

/** Who it is goes into bodies only: addresses end up in logs and histories. */
const person = z.strictObject({ ...attributionFields, ...personFields, reason: requiredReason });
const personOrDigest = z.strictObject({ ...attributionFields, ...personOrDigestFields });
const personOrDigestWithReason = personOrDigest.extend({ reason: requiredReason });

/** Persons, by digest. */
export const listSubjectsEndpoint = endpoint({
  path: "/api/v1/{store}/subjects",
  summary: "Persons that something was sealed for, by digest, the newest first; who they are is not known here",
  role: "privacy-officer",
  query: z.strictObject({ cursor: z.string().max(100).optional(), limit: limit.optional() }),
  handle: async ({ context, tidemark, query }) => json(await listSubjects({ ...context, keys: tidemark.keys }, query)),
});

/** One of them. */
export const subjectEndpoint = endpoint({
  path: "/api/v1/{store}/subjects/{digest}",
  summary: "A person by digest: keys, the legal hold that stands, requests",
  role: "privacy-officer",
  handle: async ({ context, tidemark, path }) =>
    json(await subjectPage({ ...context, keys: tidemark.keys }, path.digest ?? "")),
});

/** Where they appear. */
export const subjectEventsEndpoint = endpoint({
  path: "/api/v1/{store}/subjects/{digest}/events",
  summary:
    "Events in which something is sealed for a person, the newest first; looks through a bounded part of the log, and `next` goes on",
  role: "privacy-officer",
  query: z.strictObject({ before: position.optional(), limit: limit.optional() }),
  handle: async ({ context, tidemark, path, query }) => {
    const { keys } = await subjectPage({ ...context, keys: tidemark.keys }, path.digest ?? "");
    return json(
      await subjectEvents(
        context,
        keys.map(({ id }) => id),
        query,
      ),
    );
  },
});

/** The same, counted. */
export const subjectStreamsEndpoint = endpoint({
  path: "/api/v1/{store}/subjects/{digest}/streams",
  summary:
    "In which streams something is sealed for a person, and in how many events; counts a bounded part of the log, and `next` goes on",
  role: "privacy-officer",
  query: z.strictObject({ before: position.optional() }),
  handle: async ({ context, tidemark, path, query }) => {
    const { keys } = await subjectPage({ ...context, keys: tidemark.keys }, path.digest ?? "");
    return json(
      await subjectStreams(
        context,
        keys.map(({ id }) => id),
        query,
      ),
    );
  },
});

/** What events say of persons. */
export const revealPersonalDataEndpoint = endpoint({
  path: "/api/v1/{store}/events/reveal",
  summary: "Personal values of up to 50 events as they read, with a reason; audited; forgotten ones say so",
  operation: revealPersonalData,
  body: z.strictObject({ ...attributionFields, ...revealFields, reason: requiredReason }),
  handle: async (call) => json(await revealPersonalData(operationContext(call), call.body)),
});

/** Looks a value of a person up. */
export const lookUpValueEndpoint = endpoint({
  path: "/api/v1/{store}/subjects/lookup",
  summary:
    "In which of a person's events a value stands, and its hash as read models may have it; who and what is stored nowhere; audited",
  operation: lookUpValue,
  body: z.strictObject({ ...attributionFields, ...lookUpFields, reason: requiredReason }),
  handle: async (call) => json(await lookUpValue(operationContext(call), call.body)),
});

/** Looks a person up. */
export const findSubjectEndpoint = endpoint({
  path: "/api/v1/{store}/subjects/find",
  summary:
    "What is known of a person by their id or its digest: keys, legal hold, requests; the id is stored nowhere; audited",
  operation: findSubject,
  body: personOrDigest,
  handle: async (call) => json(await findSubject(operationContext(call), call.body)),
});

/** Sets a hold. */
export const setHoldEndpoint = endpoint({
  path: "/api/v1/{store}/subjects/hold",
  summary: "Set a legal hold on a person: nothing of theirs is erased until it is released",
  operation: setLegalHold,
  body: personOrDigestWithReason,
  handle: async (call) => json(await setLegalHold(operationContext(call), call.body), 201),
});

/** Releases it. */
export const releaseHoldEndpoint = endpoint({
  path: "/api/v1/{store}/subjects/release",
  summary: "Release the legal hold that stands on a person",
  operation: releaseLegalHold,
  body: personOrDigestWithReason,
  handle: async (call) => json(await releaseLegalHold(operationContext(call), call.body)),
});

/** Takes somebody up again. */
export const readmitSubjectEndpoint = endpoint({
  path: "/api/v1/{store}/subjects/readmit",
  summary: "Begin the next key of a person who was forgotten and comes back; what was forgotten stays so",
  operation: readmitSubject,
  body: person,
  handle: async (call) => json(await readmitSubject(operationContext(call), call.body), 201),
});

/** Holds that stand. */
export const listHoldsEndpoint = endpoint({
  path: "/api/v1/{store}/holds",
  summary: "Legal holds that stand, the newest first; at most 500",
  role: "privacy-officer",
  handle: async ({ context }) => json(await listHolds(context)),
});

/** Hands over what is held about them. */
export const exportPersonEndpoint = endpoint({
  path: "/api/v1/{store}/subjects/export",
  summary:
    "Begin a run that writes what is held about a person into a file, opened for them alone; 202 with the run, whose file is that of an export",
  operation: exportPerson,
  body: personOrDigestWithReason,
  handle: async (call) => json(await exportPerson(operationContext(call), call.body), 202),
});

/** Looks for personal data in plain text. */
export const scanPersonalEndpoint = endpoint({
  path: "/api/v1/{store}/subjects/scan",
  summary:
    "Begin a run that looks through all payloads for what seems personal and stands in plain text; 202 with the run, whose result and log have types, paths and counts, never values",
  operation: scanPersonal,
  body: z.strictObject({ perSecond: z.number().positive().max(10_000_000).optional(), ...attributionFields }),
  bodyOptional: true,
  handle: async (call) => json(await scanPersonal(operationContext(call), call.body), 202),
});

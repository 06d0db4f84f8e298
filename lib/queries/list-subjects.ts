import type { KeyStore } from "@/lib/keys/key-store";
import type { KnownPerson } from "@/lib/keys/list-people";
import { checkLimit, invalid } from "@/lib/queries/check-input";
import { holdsOn, openRequestsOf } from "@/lib/queries/list-shreds";
import type { QueryContext } from "@/lib/queries/query-context";

/** A person by digest, with what stands open about them. */
export type SubjectRow = Omit<KnownPerson, "place"> & {
  /** Since when a legal hold stands; null where none does. */
  readonly heldSince: string | null;
  /** The request that is open, null where none is. */
  readonly request: { readonly id: string; readonly overdue: boolean } | null;
};

/** A page of persons that something was sealed for, the newest first. */
export type SubjectsPage = { readonly subjects: readonly SubjectRow[]; readonly next: string | null };

/** Lists persons by digest; nobody, without a key store. Throws `InvalidRequest`, and `KeyStoreDown` when the key store does not answer. */
export async function listSubjects(
  { reads, keys }: Pick<QueryContext, "reads"> & { readonly keys: KeyStore | null },
  request: { readonly cursor?: string | undefined; readonly limit?: number | undefined } = {},
): Promise<SubjectsPage> {
  const limit = checkLimit(request.limit);
  if (request.cursor !== undefined && !UUID.test(request.cursor))
    throw invalid("cursor", "must be the `next` of a page");
  const people = (await keys?.people({ before: request.cursor, limit: limit + 1 })) ?? [];
  const shown = people.slice(0, limit);
  const digests = shown.map(({ subject }) => subject);
  const [holds, requests] = await Promise.all([holdsOn({ reads }, digests), openRequestsOf({ reads }, digests)]);
  return {
    subjects: shown.map(({ place: _, ...person }) => ({
      ...person,
      heldSince: holds.get(person.subject)?.setAt ?? null,
      request: requests.get(person.subject) ?? null,
    })),
    next: people.length > limit ? (shown.at(-1)?.place ?? null) : null,
  };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

import { NotFound } from "@/lib/kernel/errors";
import type { PersonKey } from "@/lib/keys/destroy-keys";
import type { KeyStore } from "@/lib/keys/key-store";
import { holdsOn, requestsAbout } from "@/lib/queries/list-shreds";
import type { QueryContext } from "@/lib/queries/query-context";
import type { LegalHold } from "@/lib/shred/legal-hold";
import type { ShredRequest } from "@/lib/shred/shred-request";

/** What is known of a person by digest. */
export type SubjectPage = {
  readonly subject: string;
  /** The tenant whose person it is, as their keys say; null for none, and for somebody without keys. */
  readonly tenant: string | null;
  /** The first one first; empty for somebody nothing was ever sealed for. */
  readonly keys: readonly PersonKey[];
  readonly hold: LegalHold | null;
  /** The latest 50, the newest first. */
  readonly requests: readonly ShredRequest[];
};

/** Reads it. Throws `NotFound` for what is no digest, `KeyStoreDown` when the key store does not answer. */
export async function subjectPage(
  { reads, keys }: Pick<QueryContext, "reads"> & { readonly keys: KeyStore | null },
  subject: string,
): Promise<SubjectPage> {
  if (!DIGEST.test(subject)) throw new NotFound("person with the digest", subject.slice(0, 100));
  const [known, holds, requests] = await Promise.all([
    keys?.personKeys(subject) ?? [],
    holdsOn({ reads }, [subject]),
    requestsAbout({ reads }, [subject]),
  ]);
  const tenant = known[0]?.tenant ?? null;
  return { subject, tenant, keys: known, hold: holds.get(subject) ?? null, requests };
}

const DIGEST = /^[0-9a-f]{64}$/;

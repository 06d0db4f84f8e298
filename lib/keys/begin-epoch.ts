import type pg from "pg";
import { NotFound, TidemarkError } from "@/lib/kernel/errors";
import { type PersonKey, readPersonKeys } from "@/lib/keys/destroy-keys";
import { insertKeys, type NewKey } from "@/lib/keys/key-rows";

/**
 * Stores the next key of a person whose last one was destroyed; of several who do so at once one makes it. Throws `not-found` for
 * a digest without keys, `conflict` for one with a live key.
 */
export async function beginEpoch(
  pool: pg.Pool,
  subject: string,
  make: (subject: string, epoch: number) => Promise<NewKey>,
): Promise<PersonKey> {
  const latest = (await readPersonKeys(pool, subject)).at(-1);
  if (!latest) throw new NotFound("person with keys", subject);
  if (latest.state === "live") {
    const message = `This person is not forgotten: their key of epoch ${latest.epoch} is live. Nothing was changed.`;
    throw new TidemarkError("conflict", message, { subject, epoch: latest.epoch });
  }
  await insertKeys(pool, [await make(subject, latest.epoch + 1)]);
  const begun = (await readPersonKeys(pool, subject)).at(-1);
  if (begun?.state === "live") return begun;
  throw new TidemarkError("conflict", "This person was forgotten again at the same time. Nothing is sealed for them.", {
    subject,
  });
}

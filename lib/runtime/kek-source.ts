import path from "node:path";
import { z } from "zod";
import { InvalidRequest } from "@/lib/kernel/errors";
import type { KekPlace, KekSource } from "@/lib/keys/open-keks";
import { readTokenKeys } from "@/lib/keys/token-address";

/** The name of a symmetric key at AWS KMS. An alias is none: it may come to mean another key, and what it wrapped opens no more. */
const KEY_ARN = /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/;

const arns = z
  .string()
  .max(10_000)
  .transform((text) => text.split(/[\s,]+/).filter(Boolean))
  .refine(
    (list) => list.length > 0 && list.every((arn) => KEY_ARN.test(arn)),
    "must be ARNs of keys as arn:aws:kms:eu-central-1:111122223333:key/…, no aliases, the newest last",
  );

const tokenKeys = z
  .string()
  .max(10_000)
  .transform((text, context) => {
    try {
      return readTokenKeys(text);
    } catch (error) {
      context.addIssue({ code: "custom", message: (error as Error).message });
      return z.NEVER;
    }
  });

const lines = z.string().max(10_000);
const file = z.string().max(4_096);

/** Where key-encryption keys are, and, in a rotation that moves from one place to another, where they were. */
export const kekVariables = {
  TIDEMARK_KEK: lines.optional(),
  TIDEMARK_KEK_FILE: file.optional(),
  TIDEMARK_KEK_KMS: arns.optional(),
  TIDEMARK_KEK_PKCS11: tokenKeys.optional(),
  TIDEMARK_OLD_KEK: lines.optional(),
  TIDEMARK_OLD_KEK_FILE: file.optional(),
  TIDEMARK_OLD_KEK_KMS: arns.optional(),
  TIDEMARK_OLD_KEK_PKCS11: tokenKeys.optional(),
};

type Given = z.output<z.ZodObject<typeof kekVariables>>;

/** The one place that wraps, `defaultFile` where none is named, and those that only open. Throws `InvalidRequest` for two that wrap. */
export function readKekSource(given: Given, defaultFile: string): KekSource {
  const named = placesOf(given, "TIDEMARK_");
  const older = placesOf(given, "TIDEMARK_OLD_").map(({ place }) => place);
  const [first, second] = named;
  if (first && second) {
    const [one, other] = [first.name, second.name];
    const message = `${one} and ${other} both say what wraps keys. Keep one of them, and give the other as ${old(one)} or ${old(other)} for as long as something stands under its keys.`;
    throw new InvalidRequest(
      `The environment is not usable. ${message}`,
      named.map(({ name }) => ({ path: name, message })),
    );
  }
  const place = first?.place ?? { file: path.resolve(defaultFile) };
  return older.length === 0 ? place : { ...place, older };
}

/** The files of a source as variables for a child process, which may work in another folder. */
export function kekFileVariables(source: KekSource): Readonly<Record<string, string | undefined>> {
  const older = source.older?.find((place) => "file" in place);
  return {
    TIDEMARK_KEK_FILE: "file" in source ? source.file : undefined,
    TIDEMARK_OLD_KEK_FILE: older && "file" in older ? older.file : undefined,
  };
}

function placesOf(given: Given, prefix: "TIDEMARK_" | "TIDEMARK_OLD_") {
  const text = given[`${prefix}KEK`];
  const file = given[`${prefix}KEK_FILE`];
  const kms = given[`${prefix}KEK_KMS`];
  const pkcs11 = given[`${prefix}KEK_PKCS11`];
  const found: { readonly name: string; readonly place: KekPlace }[] = [];
  if (text !== undefined) found.push({ name: `${prefix}KEK`, place: { text } });
  if (file !== undefined) found.push({ name: `${prefix}KEK_FILE`, place: { file: path.resolve(file) } });
  if (kms !== undefined) found.push({ name: `${prefix}KEK_KMS`, place: { kms } });
  if (pkcs11 !== undefined) found.push({ name: `${prefix}KEK_PKCS11`, place: { pkcs11 } });
  return found;
}

function old(name: string): string {
  return name.replace("TIDEMARK_", "TIDEMARK_OLD_");
}

import path from "node:path";
import { InvalidRequest } from "@/lib/kernel/errors";

/** Keys of one token, by their labels, the newest last; the library that speaks to it, and the file that has its PIN. */
export type TokenKeys = {
  readonly module: string;
  readonly token: string;
  readonly pinFile: string;
  readonly objects: readonly string[];
};

type Address = Omit<TokenKeys, "objects"> & { readonly object: string };

const FORM = "pkcs11:token=…;object=…?module-path=/…&pin-source=file:/…";

/** Reads addresses as RFC 7512 describes them, parted by white space. Throws `InvalidRequest`, which repeats no value. */
export function readTokenKeys(text: string): TokenKeys {
  const [first, ...others] = text.split(/\s+/).filter(Boolean).map(readAddress);
  if (!first) throw new InvalidRequest(`It must be addresses of keys in a token: ${FORM}.`);
  const { object, ...where } = first;
  const objects = [object, ...others.map((other) => other.object)];
  const elsewhere = others.some(
    ({ module, token, pinFile }) => module !== where.module || token !== where.token || pinFile !== where.pinFile,
  );
  if (elsewhere) {
    throw new InvalidRequest("All addresses must name one token, with one module-path and one pin-source.");
  }
  if (new Set(objects).size !== objects.length) throw new InvalidRequest("Two addresses name one object.");
  return { ...where, objects };
}

function readAddress(text: string): Address {
  const [, attributes, query] = /^pkcs11:([^?]*)(?:\?(.*))?$/.exec(text) ?? [];
  if (attributes === undefined) throw new InvalidRequest(`An address must be of the form ${FORM}.`);
  const { token = "", object = "" } = readWords(attributes, ";", ["token", "object", "type"]);
  const queried = readWords(query ?? "", "&", ["module-path", "pin-source"]);
  const module = queried["module-path"] ?? "";
  const pinFile = (queried["pin-source"] ?? "").replace(/^file:(\/\/)?/, "");
  if (token === "" || object === "") throw new InvalidRequest(`An address must name token and object: ${FORM}.`);
  // Processes work in several folders.
  if (!path.isAbsolute(module) || !path.isAbsolute(pinFile)) {
    throw new InvalidRequest(`An address must name module-path and pin-source by absolute paths: ${FORM}.`);
  }
  return { module, token, pinFile, object };
}

function readWords(text: string, divider: string, known: readonly string[]): Readonly<Record<string, string>> {
  const words = text.split(divider).filter(Boolean);
  return Object.fromEntries(
    words.map((word) => {
      const [name = "", value = ""] = word.split(/=(.*)/s);
      if (name === "pin-value") {
        throw new InvalidRequest("An address never has the PIN in it. Put it into a file and name that: pin-source.");
      }
      if (!known.includes(name)) throw new InvalidRequest(`An address may have ${known.join(", ")} here, and no more.`);
      return [name, decode(value)];
    }),
  );
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw new InvalidRequest("An address has a % without two hexadecimal digits.");
  }
}

import { isSealed } from "@/lib/privacy/sealed-field";

/** What a place of stored payloads looks like. The first is of a declared place; the others of places nobody declared. */
export type PlainSign = "declared-and-plain" | "e-mail-address" | "phone-number" | "named-as-personal";

/** Where something personal seems to stand in plain text: a dotted path, `*` for elements and for names that are themselves data. */
export type PlainPlace = { readonly path: string; readonly sign: PlainSign };

/** What is known of the fields of a type, as dotted paths with `*`. */
export type KnownFields = {
  readonly personal: ReadonlySet<string>;
  /** Somebody has said why these are about nobody: nothing at or below them is told. */
  readonly notPersonal: ReadonlySet<string>;
};

/**
 * The places of a parsed payload at which something personal seems to stand in plain text, each once. `names` are the last
 * steps of declared personal fields of all types. No value is in the answer.
 */
export function findPlain(data: unknown, fields: KnownFields, names: ReadonlySet<string>): readonly PlainPlace[] {
  const found = new Map<string, PlainPlace>();
  const tell = (path: string, sign: PlainSign) => found.set(`${sign} ${path}`, { path, sign });
  const look = (value: unknown, path: string, name: string): void => {
    if (value === null || value === undefined || fields.notPersonal.has(path)) return;
    if (typeof value === "object" && isSealed(value)) return;
    if (fields.personal.has(path)) return void tell(path, "declared-and-plain");
    if (typeof value === "object") {
      for (const [step, member] of Object.entries(value)) {
        const isName = !Array.isArray(value);
        const below = path === "" ? safeStep(step, isName) : `${path}.${safeStep(step, isName)}`;
        const sign = isName ? signOf(step) : undefined;
        if (sign) tell(below, sign);
        look(member, below, isName ? step : name);
      }
      return;
    }
    const sign =
      (typeof value === "string" ? signOf(value) : undefined) ?? (names.has(name) ? "named-as-personal" : undefined);
    if (sign && value !== "") tell(path, sign);
  };
  look(data, "", "");
  return [...found.values()];
}

/** Names that a program gave are shown; what may be data (an id, a number, an address) is not. */
function safeStep(step: string, isName: boolean): string {
  return isName && /^[A-Za-z_][A-Za-z_-]{0,39}\d{0,2}$/.test(step) ? step : "*";
}

function signOf(text: string): PlainSign | undefined {
  if (text.includes("@") && EMAIL.test(text)) return "e-mail-address";
  return PHONE_ABROAD.test(text) || PHONE.test(text) ? "phone-number" : undefined;
}

/** Anywhere in a text. Each part is bounded, so that a hostile text costs no more than its length. */
const EMAIL = /[^\s@"'<>(),;:]{1,64}@(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}/i;

/** `+49 40 123456`, anywhere in a text. */
const PHONE_ABROAD = /(?<![\w.+])(?:\+|00)[1-9](?:[ ()/-]{0,2}\d){7,14}(?!\d)/;

/** `(040) 12 34 56`, `020 7946 0958`: a whole text, with something between its digits, or every number of an order would be one. */
const PHONE = /^\(?0\d{1,4}\)?[ /-](?:\d[ /-]?){4,11}$/;

import type { ImportEvent } from "@/lib/import/import-event";
import { PayloadRefused, TidemarkError } from "@/lib/kernel/errors";
import { derivedId, isUuid } from "@/lib/kernel/ids";
import { checkJson, membersOf } from "@/lib/kernel/json";
import { limits } from "@/lib/kernel/limits";
import { plainMembers } from "@/lib/kernel/plain-json";
import { checkStreamName, checkTypeName } from "@/lib/kernel/stream-name";
import { microseconds } from "@/lib/kernel/time";
import { refuseSealed } from "@/lib/privacy/refuse-sealed";

/** Why a line cannot be stored; `reason` is a stable word. */
export class LineRefused extends TidemarkError {
  constructor(
    readonly reason: string,
    message: string,
  ) {
    super("invalid-request", message, { reason });
  }
}

/**
 * Reads one line of CloudEvents 1.0 JSON Lines as an event. `subject` is the stream, `time` the occurrence, `id` the
 * event id when it is a UUID; any other id is derived from source and id, so that the same line always has the same one.
 * `data` keeps its bytes. What has no column (source, data types, further attributes) stands in `metadata.ce`; only a line of
 * an export of Tidemark's brings its metadata along. Throws `LineRefused`.
 */
export function parseCloudEvent(text: string, line: number): ImportEvent {
  const raw = membersOfLine(text);
  const version = textOf(raw, "specversion");
  if (version !== "1.0") {
    throw new LineRefused(
      "not-cloudevents-1.0",
      `specversion is ${version ?? "missing"}. Give each line "specversion": "1.0".`,
    );
  }
  const givenId = required(raw, "id", "Without it, importing again would store the event twice.");
  const source = required(raw, "source", "It says which system the event comes from.");
  const stream = named("bad-subject", () =>
    checkStreamName(required(raw, "subject", "It becomes the stream, for example order-42.")),
  );
  const type = named("bad-type", () => checkTypeName(required(raw, "type", "It says what happened.")));
  const time = timeOf(textOf(raw, "time"));
  const id = idOf(source, givenId);
  const { data, encoding } = exportedData(raw) ?? dataOf(raw);
  checkUnsealed(data);
  const kept = [`"source":${raw.get("source")}`];
  if (id !== givenId) kept.push(`"id":${raw.get("id")}`);
  if (time.shortened) kept.push(`"time":${raw.get("time")}`);
  if (encoding !== undefined) kept.push(`"data_encoding":"${encoding}"`);
  keepOthers(raw, kept);
  const metadata = carriedJson(raw, "tidemarkmetadata") ?? `{"ce":{${kept.join(",")}}}`;
  const bytes = { data: Buffer.byteLength(data), metadata: Buffer.byteLength(metadata) };
  if (bytes.data + bytes.metadata > limits.eventBytes) {
    throw new LineRefused(
      "too-large",
      `The event has more than ${limits.eventBytes} bytes. Keep large content elsewhere.`,
    );
  }
  return {
    line,
    id,
    stream,
    type,
    schemaVersion: schemaVersionOf(raw),
    data,
    metadata,
    occurredAt: time.at,
    correlationId: attribute(raw, "correlationid") ?? id,
    causationId: attribute(raw, "causationid"),
    actor: attribute(raw, "actor"),
    tenant: attribute(raw, "tenant"),
    traceparent: attribute(raw, "traceparent"),
    bytes,
  };
}

function idOf(source: string, given: string): string {
  if (isUuid(given)) return given;
  const small = given.toLowerCase();
  return isUuid(small) ? small : derivedId(source, given);
}

function checkUnsealed(data: string): void {
  try {
    refuseSealed(data);
  } catch (error) {
    if (!(error instanceof PayloadRefused)) throw error;
    throw new LineRefused(error.reason, error.message);
  }
}

/** `…/order/v2`, `…/order.v2.json`, `…#2`, `…;version=2`; any other address of a schema says nothing of its version. */
const VERSION_IN_SCHEMA = /(?:[/#:=.-]v|#|version=)([1-9]\d{0,8})(?:\.json)?$/i;

/** The attributes that have a column or a rule of their own; all others are kept as they came. */
const OWN = new Set(
  "specversion id source subject type time data data_base64 schemaversion correlationid causationid actor tenant traceparent".split(
    " ",
  ),
);

function membersOfLine(text: string): Map<string, string> {
  const plain = plainMembers(text);
  if (plain) return plain;
  try {
    checkJson(text);
  } catch (error) {
    if (!(error instanceof PayloadRefused)) throw error;
    throw new LineRefused(error.reason, `${error.message} It is at ${error.path}.`);
  }
  const members = membersOf(text);
  if (members) return members;
  throw new LineRefused("not-an-object", "The line is JSON, but not an object. Write one CloudEvent a line, no array.");
}

/** The text of an attribute; null and absent are the same, as CloudEvents says. */
function textOf(raw: ReadonlyMap<string, string>, name: string): string | undefined {
  const json = raw.get(name);
  if (json === undefined || json === "null") return undefined;
  if (json.startsWith('"') && !json.includes("\\")) return json.slice(1, -1);
  const value: unknown = JSON.parse(json);
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new LineRefused(`bad-${name}`, `${name} is not a text. CloudEvents attributes are plain values.`);
}

function required(raw: ReadonlyMap<string, string>, name: string, why: string): string {
  const text = textOf(raw, name);
  if (text === undefined || text === "") throw new LineRefused(`no-${name}`, `${name} is missing. ${why}`);
  return text;
}

function attribute(raw: ReadonlyMap<string, string>, name: string): string | null {
  const text = textOf(raw, name);
  if (text === undefined) return null;
  if (text.length === 0 || text.length > 512 || /\p{Cc}|\p{Cs}/u.test(text)) {
    throw new LineRefused(`bad-${name}`, `${name} must have 1 to 512 characters and no control characters.`);
  }
  return text;
}

function named(reason: string, check: () => string): string {
  try {
    return check();
  } catch (error) {
    if (error instanceof LineRefused || !(error instanceof TidemarkError)) throw error;
    throw new LineRefused(reason, error.message);
  }
}

/** RFC 3339 allows small letters and any number of decimals; the store keeps microseconds. */
function timeOf(given: string | undefined): { readonly at: string | null; readonly shortened: boolean } {
  if (given === undefined) return { at: null, shortened: false };
  if (microseconds(given) !== undefined) return { at: given, shortened: false };
  const at = given.toUpperCase().replace(/(\.\d{6})\d+/, "$1");
  if (microseconds(at) === undefined) {
    throw new LineRefused(
      "bad-time",
      `time is ${given.slice(0, 40)}. Write it with date, time and zone, as in 2026-11-24T02:01:17.5Z.`,
    );
  }
  return { at, shortened: at.length !== given.length };
}

function schemaVersionOf(raw: ReadonlyMap<string, string>): number {
  const given = textOf(raw, "schemaversion") ?? VERSION_IN_SCHEMA.exec(textOf(raw, "dataschema") ?? "")?.[1];
  if (given === undefined) return 1;
  const version = Number(given);
  if (Number.isInteger(version) && version >= 1 && version <= 2_147_483_647) return version;
  throw new LineRefused(
    "bad-schemaversion",
    `The schema version is ${given.slice(0, 40)}. It is a whole number from 1 up.`,
  );
}

function dataOf(raw: ReadonlyMap<string, string>): { readonly data: string; readonly encoding: string | undefined } {
  const base64 = raw.get("data_base64");
  if (base64 === undefined || base64 === "null") return { data: raw.get("data") ?? "null", encoding: undefined };
  if (raw.has("data")) throw new LineRefused("two-data", "data and data_base64 are both there. Send one of them.");
  if (!base64.startsWith('"')) throw new LineRefused("bad-data_base64", "data_base64 is not a text.");
  return { data: base64, encoding: "base64" };
}

/** The payload of an export whose text has line breaks, which a line cannot have. */
function exportedData(raw: ReadonlyMap<string, string>) {
  const data = carriedJson(raw, "tidemarkdata");
  return data === undefined ? undefined : { data, encoding: undefined };
}

/** JSON that stands in a text attribute, so that it keeps its bytes. Throws `LineRefused`. */
function carriedJson(raw: ReadonlyMap<string, string>, name: string): string | undefined {
  const text = textOf(raw, name);
  if (text === undefined) return undefined;
  try {
    checkJson(text);
    return text;
  } catch (error) {
    if (!(error instanceof PayloadRefused)) throw error;
    throw new LineRefused(error.reason, `${name}: ${error.message} It is at ${error.path}.`);
  }
}

function keepOthers(raw: ReadonlyMap<string, string>, kept: string[]): void {
  for (const [name, json] of raw) {
    if (OWN.has(name) || name === "data_encoding" || json === "null") continue;
    if (name === "datacontenttype" && json === '"application/json"') continue;
    kept.push(`${JSON.stringify(name)}:${json}`);
  }
}

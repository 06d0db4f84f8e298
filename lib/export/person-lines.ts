import { TidemarkError } from "@/lib/kernel/errors";
import { spansOf } from "@/lib/kernel/json";
import { pathText } from "@/lib/kernel/json-path";
import { keysOf, type SealedEvent } from "@/lib/privacy/keys-at-hand";
import { openedValue, personSealedUnder, type SealedPlace, sealedPlaces } from "@/lib/privacy/open-payload";
import { type PersonalPath, type Place, placesOf, subjectPlace, valueAt } from "@/lib/privacy/personal-path";
import type { PersonalTexts } from "@/lib/shred/personal-values";

/** An event of a person as it is stored, with what their export says of it. Times are ISO 8601 UTC. */
export type PersonEvent = SealedEvent & {
  readonly position: bigint;
  readonly version: bigint;
  readonly schemaVersion: number;
  readonly recordedAt: string;
  readonly occurredAt: string;
};

/** A line of an event, and how many of the person's values stand in it, or could not be read. */
export type PersonLine = { readonly line: string; readonly values: number; readonly unread: number };

/** What stands for what is somebody else's, or may be. */
const MASK = JSON.stringify("▒▒▒ not of this person, masked");

/**
 * An event as one line: its payload byte for byte, with values that are sealed under `own` keys opened, and what is personal of
 * anybody else masked. `fields` names the person's values, `unread` those that nobody can read and why. Keys must have been brought.
 */
export function personEventLine(
  event: PersonEvent,
  own: ReadonlySet<string>,
  paths: readonly PersonalPath[],
): PersonLine {
  const sealed = sealedPlaces(event);
  const fields: string[] = [];
  const unread: { readonly path: string; readonly state: string }[] = [];
  const changes: Change[] = [];
  for (const found of sealed) {
    const path = pathText(found.place);
    const theirs = own.has(found.sealed.key);
    const opened = theirs ? openedValue(event, found) : undefined;
    if (opened) fields.push(path);
    else if (theirs) unread.push({ path, state: whyUnread(event, found) });
    changes.push({ place: found.place, json: opened?.text ?? (theirs ? "null" : MASK) });
  }
  const id = personSealedUnder(event, own);
  for (const { place, subject } of storedPlain(event, sealed, paths)) {
    if (subject === id) fields.push(pathText(place));
    else changes.push({ place, json: MASK });
  }
  const text = changed(event.data, changes);
  const { position, type, schemaVersion, stream, version, recordedAt, occurredAt } = event;
  const said = { kind: "event", position: String(position), id: event.id, type, schemaVersion, stream };
  const head = JSON.stringify({ ...said, version: Number(version), recordedAt, occurredAt, fields, unread });
  // Line breaks stand only between the tokens of a payload.
  const line = `${head.slice(0, -1)},"data":${text.replace(/[\r\n]+/g, " ")}}\n`;
  return { line, values: fields.length, unread: unread.length };
}

/** What is searched for in rows: the person's id as a whole value, and texts of theirs within one. */
export type PersonMarks = Pick<PersonalTexts, "id" | "texts">;

/** The columns of a row's table; `open` where no text of somebody else can stand: in numbers, times and the row's key. */
export type RowColumns = readonly { readonly name: string; readonly open: boolean }[];

/**
 * A row as one line, or undefined where nothing of the person stands in it. Nobody wrote down whose the other texts of a row are, so
 * they are masked where a column could hold them (`open` says that it could not).
 */
export function personRowLine(
  { readModel, row }: { readonly readModel: string; readonly row: string },
  columns: RowColumns,
  marks: PersonMarks,
): string | undefined {
  const parsed = JSON.parse(row) as Record<string, unknown>;
  const fields: string[] = [];
  const changes: Change[] = [];
  for (const { name, open } of columns) {
    const leaves = leavesOf(parsed[name], [name]).map((leaf) => ({ ...leaf, own: isOf(marks, leaf.value) }));
    if (leaves.some(({ own }) => own)) fields.push(name);
    if (open) continue;
    for (const { place, own } of leaves) if (!own) changes.push({ place, json: MASK });
  }
  if (fields.length === 0) return undefined;
  const text = changed(row, changes);
  const head = JSON.stringify({ kind: "row", readModel, fields });
  return `${head.slice(0, -1)},"data":${text.replace(/[\r\n]+/g, " ")}}\n`;
}

function isOf({ id, texts }: PersonMarks, value: unknown): boolean {
  const said = String(value);
  return said === id || texts.some((text) => said.includes(text));
}

type Leaf = { readonly place: Place; readonly value: unknown };

/** Every text of a value, and every number: a phone number may be one. */
function leavesOf(value: unknown, place: Place): readonly Leaf[] {
  if (typeof value === "string" || typeof value === "number") return [{ place, value }];
  if (typeof value !== "object" || value === null) return [];
  return Array.isArray(value)
    ? value.flatMap((item, index) => leavesOf(item, [...place, index]))
    : Object.entries(value).flatMap(([name, member]) => leavesOf(member, [...place, name]));
}

/** What is declared personal and stored as it is, from before the store sealed, and the id beside it. */
function storedPlain(event: SealedEvent, sealed: readonly SealedPlace[], paths: readonly PersonalPath[]) {
  const payload = JSON.parse(event.data) as unknown;
  const known = new Set(sealed.map(({ place }) => pathText(place)));
  return paths.flatMap((path) =>
    placesOf(payload, path.path)
      .filter((place) => !known.has(pathText(place)))
      .map((place) => {
        const whose = subjectPlace(path, place);
        return { place, subject: whose && valueAt(payload, whose) };
      }),
  );
}

function whyUnread(event: SealedEvent, { sealed }: SealedPlace): "forgotten" | "unknown" | "broken" {
  const state = keysOf(event)?.get(sealed.key)?.state;
  return state === "destroyed" ? "forgotten" : state === "unknown" ? "unknown" : "broken";
}

/** A value's place, and the JSON text that is put there. */
type Change = { readonly place: Place; readonly json: string };

/** A JSON text with other values at some places, none within another. What cannot be replaced must not be handed out. */
function changed(text: string, changes: readonly Change[]): string {
  const spans = spansOf(
    text,
    changes.map(({ place }) => place),
  );
  const cuts = changes.map(({ place, json }, index) => {
    const span = spans[index];
    if (span) return { ...span, json };
    throw new TidemarkError("internal", `Nothing stands at ${pathText(place)} of what is exported.`);
  });
  let result = "";
  let at = 0;
  for (const { start, end, json } of cuts.sort((a, b) => a.start - b.start)) {
    if (start < at) continue;
    result += text.slice(at, start) + json;
    at = end;
  }
  return result + text.slice(at);
}

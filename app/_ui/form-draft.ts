import type { FormField } from "./form-field";

/** What stands in a form: text as typed, also for numbers and JSON, so that nothing is lost while it is not yet valid. */
export type Draft = string | boolean | readonly Draft[] | { readonly [name: string]: Draft };

/** The draft of a field that nobody has filled in. A list begins with the rows it must have. */
export function emptyDraft(field: FormField): Draft {
  if (field.kind === "boolean") return false;
  if (field.kind === "choice") return field.required ? (field.choices[0] ?? "") : "";
  if (field.kind === "list") return Array.from({ length: field.atLeast }, () => emptyDraft(field.item));
  if (field.kind === "object") return Object.fromEntries(field.members.map(([name, of]) => [name, emptyDraft(of)]));
  return "";
}

/** The draft that shows `value`; what does not fit the field is left empty. */
export function draftOf(field: FormField, value: unknown): Draft {
  if (value === undefined || value === null) return emptyDraft(field);
  if (field.kind === "json") return JSON.stringify(value, null, 2);
  if (field.kind === "boolean") return value === true;
  if (field.kind === "list") {
    return Array.isArray(value) ? value.map((item) => draftOf(field.item, item)) : emptyDraft(field);
  }
  if (field.kind === "object") {
    const members = typeof value === "object" ? (value as Record<string, unknown>) : {};
    return Object.fromEntries(field.members.map(([name, of]) => [name, draftOf(of, members[name])]));
  }
  return typeof value === "object" ? "" : String(value);
}

/**
 * The JSON value that a draft stands for; undefined where nothing was filled in and nothing need be. A number or JSON
 * that cannot be read is handed on as the text it is: the command's own schema then refuses it, naming its path.
 */
export function inputOf(field: FormField, draft: Draft): unknown {
  if (typeof draft === "boolean") return draft;
  if (typeof draft === "string") return textValue(field, draft);
  if (isList(draft)) return field.kind === "list" ? draft.map((item) => inputOf(field.item, item)) : undefined;
  if (field.kind !== "object") return undefined;
  const members = field.members
    .map(([name, of]) => [name, inputOf(of, draft[name] ?? emptyDraft(of))] as const)
    .filter(([, value]) => value !== undefined);
  // A group that may be left out is left out whole when nothing in it was filled in.
  return members.length === 0 && !field.required ? undefined : Object.fromEntries(members);
}

function textValue(field: FormField, text: string): unknown {
  if (text === "") {
    if (field.nullable) return null;
    return field.required && field.kind === "text" ? "" : undefined;
  }
  if (field.kind === "number") return Number.isFinite(Number(text)) ? Number(text) : text;
  if (field.kind !== "json") return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function isList(draft: Draft): draft is readonly Draft[] {
  return Array.isArray(draft);
}

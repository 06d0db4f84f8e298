"use client";
import { Plus, X } from "lucide-react";
import { useId, useMemo, useState } from "react";
import { earlyPress } from "./early-press";
import { type Draft, draftOf, emptyDraft, inputOf } from "./form-draft";
import { type FormField, fieldOf, type JsonSchema } from "./form-field";

/** A fault of one value; `path` is dotted, as problem documents name it: `items.0.quantity`. */
export type FormIssue = { readonly path: string; readonly message: string };

/**
 * The fields of a JSON Schema, to be put into a form. It holds what was typed; `onChange` is told the JSON value of it
 * after each change. `prefill` is the value it begins with, `issues` are shown beside the fields they name.
 */
export function SchemaForm({
  schema,
  prefill,
  issues = [],
  onChange,
}: {
  schema: JsonSchema;
  prefill?: unknown;
  issues?: readonly FormIssue[];
  onChange: (value: unknown) => void;
}) {
  const field = useMemo(() => fieldOf(schema), [schema]);
  const [draft, setDraft] = useState(() => draftOf(field, prefill));
  const id = useId();
  const change = (next: Draft) => {
    setDraft(next);
    onChange(inputOf(field, next));
  };
  if (field.kind === "object" && field.members.length === 0) {
    return <p className="text-muted">Nothing to fill in.</p>;
  }
  return <Field id={id} name="" path="" field={field} draft={draft} issues={issues} onChange={change} />;
}

/** The value that a form of `schema` begins with, before anything was typed. */
export function firstValue(schema: JsonSchema, prefill?: unknown): unknown {
  const field = fieldOf(schema);
  return inputOf(field, draftOf(field, prefill));
}

type FieldProps = {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly field: FormField;
  readonly draft: Draft;
  readonly issues: readonly FormIssue[];
  readonly onChange: (draft: Draft) => void;
};

function Field(props: FieldProps) {
  const { name, field } = props;
  if (field.kind === "object") {
    return name === "" ? (
      <Members {...props} members={field.members} />
    ) : (
      <fieldset className="border-l pl-3">
        <legend className="mono mb-1 font-medium">{name}</legend>
        <Members {...props} members={field.members} />
      </fieldset>
    );
  }
  return field.kind === "list" ? <List {...props} item={field.item} /> : <Labelled {...props} />;
}

function Members({
  id,
  path,
  draft,
  issues,
  onChange,
  members,
}: FieldProps & { members: readonly (readonly [string, FormField])[] }) {
  const drafts = typeof draft === "object" && !Array.isArray(draft) ? (draft as Record<string, Draft>) : {};
  return (
    <div className="flex flex-col gap-3">
      {members.map(([name, field]) => (
        <Field
          key={name}
          id={`${id}.${name}`}
          name={name}
          path={joined(path, name)}
          field={field}
          draft={drafts[name] ?? emptyDraft(field)}
          issues={issues}
          onChange={(next) => onChange({ ...drafts, [name]: next })}
        />
      ))}
    </div>
  );
}

function List({ id, name, path, draft, issues, onChange, item }: FieldProps & { item: FormField }) {
  const drafts: readonly Draft[] = Array.isArray(draft) ? draft : [];
  const put = (at: number, next: Draft) => onChange(drafts.map((known, index) => (index === at ? next : known)));
  return (
    <fieldset className="border-l pl-3">
      <legend className="mono mb-1 font-medium">{name || "items"}</legend>
      <ol className="flex flex-col gap-3">
        {drafts.map((known, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row of a list has no identity but its place
          <li key={index} className="flex items-start gap-2">
            <div className="flex-1">
              <Field
                id={`${id}.${index}`}
                name={item.kind === "object" ? "" : String(index + 1)}
                path={joined(path, String(index))}
                field={item}
                draft={known}
                issues={issues}
                onChange={(next) => put(index, next)}
              />
            </div>
            <button
              {...earlyPress}
              type="button"
              className="icon-btn"
              aria-label={`Remove ${name} ${index + 1}`}
              title="Remove"
              onClick={() => onChange(drafts.filter((_, at) => at !== index))}
            >
              <X size={14} strokeWidth={1.5} />
            </button>
          </li>
        ))}
      </ol>
      <button
        {...earlyPress}
        type="button"
        className="btn mt-2"
        onClick={() => onChange([...drafts, emptyDraft(item)])}
      >
        <Plus size={14} strokeWidth={1.5} aria-hidden="true" />
        Add
      </button>
      <Faults id={`${id}-fault`} issues={issues.filter((issue) => issue.path === path)} />
    </fieldset>
  );
}

function Labelled({ id, name, path, field, draft, issues, onChange }: FieldProps) {
  const faults = issues.filter((issue) => issue.path === path);
  const hint = [field.required ? null : "optional", field.hint].filter(Boolean).join(", ");
  const described = [hint ? `${id}-hint` : "", faults.length > 0 ? `${id}-fault` : ""].filter(Boolean).join(" ");
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="flex items-baseline gap-2">
        <span className="mono font-medium">{name || "value"}</span>{" "}
        {field.personal ? (
          <span className="text-muted text-data" title="About a person: masked wherever it is shown">
            personal
          </span>
        ) : null}
        {hint ? (
          <span id={`${id}-hint`} className="text-faint text-data">
            {hint}
          </span>
        ) : null}
      </label>
      <Control
        field={field}
        draft={draft}
        onChange={onChange}
        attributes={{
          id,
          "aria-describedby": described || undefined,
          "aria-invalid": faults.length > 0,
          "aria-required": field.required,
        }}
      />
      <Faults id={`${id}-fault`} issues={faults} />
    </div>
  );
}

type Attributes = Pick<
  React.AriaAttributes & { id: string },
  "id" | "aria-describedby" | "aria-invalid" | "aria-required"
>;

function Control({
  field,
  draft,
  onChange,
  attributes,
}: Pick<FieldProps, "field" | "draft" | "onChange"> & { attributes: Attributes }) {
  if (field.kind === "boolean") {
    const { id, ...aria } = attributes;
    return (
      <input
        id={id}
        {...aria}
        type="checkbox"
        className="size-4 self-start"
        checked={draft === true}
        onChange={(event) => onChange(event.target.checked)}
      />
    );
  }
  const value = typeof draft === "string" ? draft : "";
  const typed = (event: { target: { value: string } }) => onChange(event.target.value);
  if (field.kind === "choice") {
    return (
      <select {...attributes} className="field" value={value} onChange={typed}>
        {field.required ? null : <option value="">–</option>}
        {field.choices.map((option) => (
          <option key={option}>{option}</option>
        ))}
      </select>
    );
  }
  if (field.kind === "json") {
    return (
      <textarea {...attributes} className="field mono h-24 py-1" spellCheck={false} value={value} onChange={typed} />
    );
  }
  return (
    <input
      {...attributes}
      type="text"
      inputMode={field.kind === "number" ? (field.whole ? "numeric" : "decimal") : undefined}
      className={`field ${field.kind === "number" ? "max-w-48 tabular-nums" : ""}`}
      autoComplete="off"
      spellCheck={false}
      value={value}
      onChange={typed}
    />
  );
}

function Faults({ id, issues }: { id: string; issues: readonly FormIssue[] }) {
  if (issues.length === 0) return null;
  return (
    <p id={id} className="text-bad text-data">
      {issues.map(({ message }) => message).join("; ")}
    </p>
  );
}

function joined(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

import { Link } from "./link.client";

/**
 * The filter line of a list: a text field for each column that can be asked for. It is a plain form, so a filter is an
 * address, and works before any code is there.
 */
export function FieldFilter<Field extends string>({
  action,
  hints,
  values,
  keys,
  filtered,
  children,
}: {
  /** The list without a filter. */
  action: string;
  /** What each field is for, in the order in which they stand. */
  hints: Readonly<Record<Field, string>>;
  values: Readonly<Partial<Record<Field, string | undefined>>>;
  /** The key that leads to the first field. */
  keys: string;
  /** Whether there is something to clear. */
  filtered: boolean;
  /** What else the form sends, before the fields. */
  children?: React.ReactNode;
}) {
  return (
    <form action={action} className="flex min-h-9 flex-wrap items-center gap-2 px-4 py-1">
      {children}
      {(Object.keys(hints) as Field[]).map((field, index) => (
        <input
          key={`${field}-${values[field] ?? ""}`}
          name={field}
          defaultValue={values[field]}
          aria-label={hints[field]}
          aria-keyshortcuts={index === 0 ? keys : undefined}
          placeholder={hints[field]}
          autoComplete="off"
          spellCheck={false}
          className="field mono min-w-32 max-w-60 flex-1"
        />
      ))}
      <button type="submit" className="btn">
        Filter
      </button>
      {filtered ? (
        <Link className="link" href={action}>
          Clear
        </Link>
      ) : null}
    </form>
  );
}

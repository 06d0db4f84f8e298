/** A field that takes any id, position, stream or correlation and opens what it names. Works without JavaScript. */
export function GoBox({
  action,
  value,
  label = "Go",
  keys,
}: {
  action: string;
  value?: string | undefined;
  label?: string;
  keys?: string;
}) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: the search element is not yet in every supported browser
    <form action={action} role="search" className="flex w-full max-w-md gap-2">
      <label className="sr-only" htmlFor="go">
        Event id, position, stream, correlation or any name
      </label>
      <input
        id="go"
        name="q"
        key={value}
        defaultValue={value}
        aria-keyshortcuts={keys}
        placeholder="Event id, position, stream, correlation or any name"
        className="field mono flex-1"
        autoComplete="off"
        spellCheck={false}
      />
      <button type="submit" data-primary className="btn">
        {label}
      </button>
    </form>
  );
}

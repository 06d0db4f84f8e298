import type { Query } from "@/app/_lib/urls";

/** What a form of the wizard does not ask for, carried on to the next step. */
export function HiddenFields({ query }: { query: Query }) {
  return Object.entries(query).map(([name, value]) =>
    value === undefined || value === null || value === "" ? null : (
      <input key={name} type="hidden" name={name} value={String(value)} />
    ),
  );
}

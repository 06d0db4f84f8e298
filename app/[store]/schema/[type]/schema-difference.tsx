import { Section } from "@/app/_ui/page-header";
import { schemaDifference } from "@/lib/catalog/schema-form";
import type { SchemaVersion } from "@/lib/queries/schema-page";

/** What changed between two versions, field by field: sign, path, form before and after. */
export function SchemaDifference({ before, after }: { before: SchemaVersion; after: SchemaVersion }) {
  const fields = schemaDifference(before.schema ?? {}, after.schema ?? {});
  return (
    <Section title={`From v${before.version} to v${after.version}`}>
      {fields.length === 0 ? <p className="px-4 py-2 text-muted">The same form.</p> : null}
      <ul className="mono leading-5">
        {fields.map((field) => (
          <li key={field.path} className={`flex flex-wrap gap-x-3 px-4 py-0.5 ${tintOf(field)}`}>
            <span aria-hidden="true" className="w-3 font-semibold">
              {field.before === null ? "+" : field.after === null ? "−" : "~"}
            </span>
            <span className="sr-only">
              {field.before === null ? "added" : field.after === null ? "removed" : "changed"}
            </span>
            <span className="font-medium">{field.path}</span>
            <span className="text-muted">
              {field.before !== null && field.after !== null
                ? `${field.before} → ${field.after}`
                : (field.after ?? field.before)}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function tintOf({ before, after }: { before: string | null; after: string | null }): string {
  if (before === null) return "bg-diff-add";
  return after === null ? "bg-diff-remove" : "bg-diff-change";
}

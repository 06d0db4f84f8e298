import { Section } from "@/app/_ui/page-header";
import { PlainTable } from "@/app/_ui/plain-table";
import type { SchemaPage, SchemaVersion } from "@/lib/queries/schema-page";

/** The fields of one version, and which of them are about a person. */
export function SchemaFields({ page, shown }: { page: SchemaPage; shown: SchemaVersion }) {
  const subjects = new Map(page.personal.map(({ path, subject }) => [path, subject]));
  const personal = shown.fields.some(({ path }) => subjects.has(path));
  return (
    <Section title={`Fields of v${shown.version}`}>
      {shown.fields.length === 0 ? (
        <p className="px-4 py-3 text-muted">
          {shown.schema === null
            ? "The form of this version is not recorded: its events are shown as they are stored."
            : "An event of this type has no fields."}
        </p>
      ) : (
        <PlainTable
          label={`Fields of ${page.type} version ${shown.version}`}
          heads={["Field", "Form", ...(personal ? ["About"] : [])]}
        >
          {shown.fields.map(({ path, form, required }) => (
            <tr key={path} data-copy={path}>
              <td className="mono bare break">
                {path}
                {required ? null : <span className="ml-2 text-faint">optional</span>}
              </td>
              <td className="whitespace-normal text-muted">{form}</td>
              {personal ? (
                <td className="whitespace-normal text-muted">
                  {subjects.has(path) ? `personal, of ${subjects.get(path)}` : ""}
                </td>
              ) : null}
            </tr>
          ))}
        </PlainTable>
      )}
    </Section>
  );
}

import { urls } from "@/app/_lib/urls";
import { Link } from "@/app/_ui/link.client";
import type { ReadModelPage } from "@/lib/queries/read-model-rows";

const NUMBERS = new Set(["integer", "bigint"]);

/** Rows of a read model, every column as it is stored. The position of the last event that changed a row leads to it. */
export function ReadModelTable({ store, page }: { store: string; page: ReadModelPage }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section aria-label="Rows" tabIndex={0} className="relative md:overflow-x-auto">
      <table className="table stack plain" aria-label={`Rows of ${page.name}`} aria-rowcount={-1}>
        <thead>
          <tr>
            {page.columns.map(({ name, type }) => (
              <th key={name} scope="col" title={type} className={isNumber(type) ? "num" : ""}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {page.rows.map((row) => {
            const key = page.primaryKey.map((part) => String(row[part])).join(" / ");
            return (
              <tr key={key} data-copy={key}>
                {page.columns.map(({ name, type }) => (
                  <td
                    key={name}
                    className={
                      isNumber(type)
                        ? "num"
                        : "mono md:max-w-80 md:truncate max-md:wrap-anywhere max-md:whitespace-normal!"
                    }
                    // As many columns as the table has: the names of `headNames` end somewhere.
                    style={{ "--name": JSON.stringify(name) } as React.CSSProperties}
                    title={text(row[name])}
                  >
                    {name === "position" ? (
                      <Link href={urls.position(store, text(row[name]))} className="link">
                        {text(row[name])}
                      </Link>
                    ) : row[name] === null ? (
                      <span className="text-faint">null</span>
                    ) : (
                      text(row[name])
                    )}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

function isNumber(type: string): boolean {
  return NUMBERS.has(type.replace("?", ""));
}

function text(value: unknown): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}

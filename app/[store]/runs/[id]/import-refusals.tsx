import { formatCount } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { Section } from "@/app/_ui/page-header";
import { PlainTable } from "@/app/_ui/plain-table";
import { importRefusals } from "@/lib/queries/import-refusals";
import type { RunRow } from "@/lib/queries/list-runs";
import type { QueryContext } from "@/lib/queries/query-context";

const SHOWN = 50;

/** The lines that an import could not store, in the order of its file, with what would be right; the first 10,000 are kept. */
export async function ImportRefusals({
  context,
  run,
  after,
  here,
}: {
  context: QueryContext;
  run: RunRow;
  after: string | undefined;
  here: (change: Readonly<Record<string, string | undefined>>) => string;
}) {
  if (run.problems === 0) return null;
  const { refused, next } = await importRefusals(context, run.id, { after, limit: SHOWN });
  const title = `Refused ${run.unit} ${formatCount(run.problems)}`;
  return (
    <Section title={title} id="problems" className="border-t pb-3">
      <PlainTable label={title} heads={[run.unit === "rows" ? "Row" : "Line", "Reason", "What is wrong"]} whole={false}>
        {refused.map(({ line, reason, message }) => (
          <tr key={line} data-copy={line}>
            <td className="first">{formatCount(line)}</td>
            <td className="second mono text-muted">{reason}</td>
            <td className="break whitespace-normal!">{message}</td>
          </tr>
        ))}
      </PlainTable>
      <p className="flex gap-4 px-4 pt-1">
        {after === undefined ? null : (
          <Link className="link" href={here({ refused: undefined })} scroll={false}>
            Show the first
          </Link>
        )}
        {next === null ? null : (
          <Link className="link" href={here({ refused: next })} scroll={false}>
            Show more
          </Link>
        )}
      </p>
    </Section>
  );
}

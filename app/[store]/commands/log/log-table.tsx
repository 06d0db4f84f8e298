import { urls } from "@/app/_lib/urls";
import { formatDuration, plural } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { num, PlainTable } from "@/app/_ui/plain-table";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { CommandRow } from "@/lib/queries/command-log";
import { OutcomePill } from "./outcome-pill";

/** Commands that were handled. `filterBy` is the address of this list with one more filter. */
export function LogTable({
  store,
  commands,
  filterBy,
}: {
  store: string;
  commands: readonly CommandRow[];
  filterBy: (filter: Readonly<Record<string, string>>) => string;
}) {
  return (
    <PlainTable
      label="Commands that were handled"
      whole={false}
      heads={["When", "Command", "Stream", "Outcome", "Asked by", "Led to", num("Took"), num("Tries"), "Trace"]}
    >
      {commands.map((row) => (
        <tr key={row.id} data-copy={row.id}>
          <td>
            <TimeCell at={row.at} />
          </td>
          <td className="first">
            <Link href={urls.handledCommand(store, row.id)} data-row className="font-medium hover:text-brand">
              {row.command}
            </Link>
          </td>
          <td className="clip break w-[23%]">
            <Link href={urls.stream(store, row.stream)} className="link mono" title={row.stream}>
              {row.stream}
            </Link>
          </td>
          <td className="second">
            <OutcomePill outcome={row.outcome} code={row.code} />
          </td>
          <td className="clip w-[18%] max-md:max-w-none">
            {row.actor === null ? (
              <span className="text-faint">–</span>
            ) : (
              <Link href={filterBy({ actor: row.actor })} title="Only by this actor" className="hover:text-brand">
                {row.actor}
              </Link>
            )}
          </td>
          <td className="text-muted">{ledTo(row)}</td>
          <td className="num">{formatDuration(row.ms)}</td>
          <td className={`num wide ${row.attempts > 1 ? "text-warn" : "text-muted"}`}>{row.attempts}</td>
          <td className="wide">
            <Link href={urls.trace(store, row.correlationId)} className="link">
              trace
            </Link>
          </td>
        </tr>
      ))}
    </PlainTable>
  );
}

function ledTo({ outcome, written }: CommandRow): string {
  if (outcome !== "accepted") return "";
  const events = written.reduce((sum, { fromVersion, toVersion }) => sum + toVersion - fromVersion + 1, 0);
  if (events === 0) return "nothing to do";
  return `${plural(events, "event")}${written.length > 1 ? ` in ${written.length} streams` : ""}`;
}

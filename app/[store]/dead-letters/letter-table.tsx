import { urls } from "@/app/_lib/urls";
import { formatAgo, formatCount } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { num, PlainTable } from "@/app/_ui/plain-table";
import { StatusPill } from "@/app/_ui/status-pill";
import type { DeadLetterRow } from "@/lib/queries/dead-letters";
import { letterStatus, letterWords } from "./letter-state";

/** Dead letters one by one, in the order in which they were set aside. */
export function LetterTable({
  store,
  letters,
  now,
}: {
  store: string;
  letters: readonly DeadLetterRow[];
  now: number;
}) {
  return (
    <PlainTable
      label="Dead letters"
      heads={["Letter", "State", "Projection", "Event", "Stream", num("Tries"), num("Blocked"), "Age", "Why"]}
    >
      {letters.map((letter) => (
        <tr key={letter.id} data-copy={`DL-${letter.id}`}>
          <td className="first">
            <Link
              href={urls.deadLetterGroup(store, letter.group, { sel: letter.id })}
              data-row
              className="font-medium hover:text-brand"
            >
              DL-{letter.id}
            </Link>
          </td>
          <td className="second">
            <StatusPill status={letterStatus(letter)}>{letterWords(letter)}</StatusPill>
          </td>
          <td>{letter.consumer}</td>
          <td>
            <Link href={urls.event(store, letter.eventId)} className="link">
              #{formatCount(letter.position)}
            </Link>{" "}
            {letter.type}
          </td>
          <td className="mono">{letter.stream}</td>
          <td className="num wide">{letter.attempts}</td>
          <td className="num wide">
            {letter.blocked.count}
            {letter.blocked.more ? "+" : ""}
          </td>
          <td className="text-muted">
            <time dateTime={letter.firstAt} title={letter.firstAt}>
              {formatAgo(letter.firstAt, now)}
            </time>
          </td>
          <td className="clip break w-[30%] text-muted" title={letter.error.message}>
            {letter.error.name}: {letter.error.message}
          </td>
        </tr>
      ))}
    </PlainTable>
  );
}

import { urls } from "@/app/_lib/urls";
import { formatCount } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { num, PlainTable } from "@/app/_ui/plain-table";
import { PositionPill } from "@/app/_ui/position-pill";
import type { SubjectStreams } from "@/lib/queries/subject-streams";

/** In which streams a person appears, and how often, as far as one answer looks. */
export function SubjectStreamTable({ store, found }: { store: string; found: SubjectStreams }) {
  return (
    <PlainTable
      label="Streams of the person"
      heads={["Stream", num("Events"), num("Values", "Sealed values of this person"), "Latest"]}
      whole={false}
    >
      {found.streams.map(({ stream, events, values, last }) => (
        <tr key={stream} data-copy={stream}>
          <td className="first clip">
            <Link href={urls.stream(store, stream)} data-row className="mono font-medium hover:text-brand">
              {stream}
            </Link>
          </td>
          <td className="num">
            <Link href={urls.events(store, { q: `stream:${stream}` })} className="link">
              {formatCount(events)}
            </Link>
          </td>
          <td className="num">{formatCount(values)}</td>
          <td>
            <PositionPill position={last} href={urls.position(store, last)} />
          </td>
        </tr>
      ))}
    </PlainTable>
  );
}

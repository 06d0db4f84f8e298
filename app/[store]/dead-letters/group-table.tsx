import { urls } from "@/app/_lib/urls";
import { formatAgo } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { num, PlainTable } from "@/app/_ui/plain-table";
import type { DeadLetterGroup } from "@/lib/queries/dead-letter-groups";
import { ArrivalsSpark, Care, GroupState } from "./group-state";

/** Causes, the newest failure first: what failed where, how often, in how many streams, and what waits behind. */
export function GroupTable({ store, groups, now }: { store: string; groups: readonly DeadLetterGroup[]; now: number }) {
  return (
    <PlainTable
      label="Dead letters by cause"
      heads={["Cause", "State", num("Events"), num("Streams"), num("Blocked"), "Arrivals", "First", "Last", "Build"]}
    >
      {groups.map((group) => (
        <tr key={group.group} data-copy={group.group}>
          <td className="first min-w-80 whitespace-normal py-1 max-md:min-w-0 max-md:basis-full">
            <Link href={urls.deadLetterGroup(store, group.group)} data-row className="font-medium hover:text-brand">
              {group.consumer} · {group.error.name}
            </Link>
            <span className="text-muted">
              {" "}
              {group.error.message.slice(0, 120)} · {group.type}
              {group.error.path ? ` · ${group.error.path}` : ""}
            </span>
          </td>
          <td className="second max-md:ml-0">
            <span className="inline-flex flex-wrap items-center gap-x-3">
              <GroupState group={group} />
              <Care group={group} />
            </span>
          </td>
          <td className="num wide">{group.count}</td>
          <td className="num">{group.streams}</td>
          <td className="num">
            {group.blocked.count}
            {group.blocked.more ? "+" : ""}
          </td>
          <td className="wide">
            <ArrivalsSpark arrivals={group.arrivals} />
          </td>
          <td className="wide text-muted">
            <time dateTime={group.firstAt} title={group.firstAt}>
              {formatAgo(group.firstAt, now)}
            </time>
          </td>
          <td className="text-muted">
            <time dateTime={group.lastAt} title={group.lastAt}>
              {formatAgo(group.lastAt, now)}
            </time>
          </td>
          <td className="wide mono text-muted">{group.build}</td>
        </tr>
      ))}
    </PlainTable>
  );
}

import Link from "next/link";
import { urls } from "@/app/_lib/urls";
import { formatAgo } from "@/app/_ui/format";
import { num, PlainTable } from "@/app/_ui/plain-table";
import { StatusPill } from "@/app/_ui/status-pill";
import type { DeadLetterGroup } from "@/lib/queries/dead-letter-groups";

/** Causes, the newest failure first: what failed where, how often, in how many streams, and what waits behind. */
export function GroupTable({ store, groups, now }: { store: string; groups: readonly DeadLetterGroup[]; now: number }) {
  return (
    <PlainTable
      label="Dead letters by cause"
      heads={["Cause", "State", num("Events"), num("Streams"), num("Blocked"), "First", "Last", "Build"]}
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
            <GroupState group={group} />
          </td>
          <td className="num wide">{group.count}</td>
          <td className="num wide">{group.streams}</td>
          <td className="num wide">
            {group.blocked.count}
            {group.blocked.more ? "+" : ""}
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

/** What a group is up to, worst first: parked until somebody acts, or still tried by itself, or already ordered. */
export function GroupState({ group }: { group: DeadLetterGroup }) {
  if (group.ordered > 0 || group.draining > 0) return <StatusPill status="run">{group.ordered} ordered</StatusPill>;
  if (group.parked > 0) return <StatusPill status="bad">{group.parked} parked</StatusPill>;
  return <StatusPill status="warn">{group.retrying} retrying</StatusPill>;
}

import { urls } from "@/app/_lib/urls";
import { formatAgo } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { Section } from "@/app/_ui/page-header";
import type { AuditEntry } from "@/lib/queries/overview";

/** What operators did in the 24 hours before `now`, from the audit stream. */
export function RecentActs({
  store,
  acts,
  now,
  title = "Operator acts, last 24 h",
}: {
  store: string;
  acts: readonly AuditEntry[];
  now: string;
  title?: string;
}) {
  return (
    <Section
      title={title}
      className="border-t pb-4"
      aside={
        <Link className="link" href={urls.audit(store)}>
          Whole audit
        </Link>
      }
    >
      {acts.length === 0 ? <p className="px-4 text-muted">None.</p> : null}
      <ul>
        {acts.map((act) => (
          <li
            key={act.id}
            data-row-item
            data-copy={act.id}
            className="flex min-h-7 items-center gap-3 px-4 hover:bg-hover max-md:flex-wrap max-md:gap-y-0 max-md:py-1"
          >
            <time dateTime={act.at} title={act.at} className="w-20 shrink-0 text-muted">
              {formatAgo(act.at, Date.parse(now))}
            </time>
            <span className="w-32 shrink-0 truncate">{act.actor ?? "–"}</span>
            <Link
              href={urls.event(store, act.id)}
              data-row
              className="min-w-0 truncate hover:text-brand max-md:basis-full max-md:whitespace-normal"
              title={act.summary}
            >
              {act.summary}
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}

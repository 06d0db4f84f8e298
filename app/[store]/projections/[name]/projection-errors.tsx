import { urls } from "@/app/_lib/urls";
import { formatCount, plural } from "@/app/_ui/format";
import { Glyph } from "@/app/_ui/glyph";
import { Link } from "@/app/_ui/link.client";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { PartitionRow } from "@/lib/queries/projection-page";

/** The partitions that stopped on an error: what it says, at which event, and when it is tried again. */
export function ProjectionErrors({ store, partitions }: { store: string; partitions: readonly PartitionRow[] }) {
  const failed = partitions.flatMap((row) => (row.error === null ? [] : [{ ...row, error: row.error }]));
  if (failed.length === 0) return null;
  return (
    <section aria-label="Errors" role="alert" className="border-b bg-bad-tint px-4 py-2">
      <h2 className="flex items-center gap-2 font-semibold text-bad">
        <Glyph status="bad" /> {plural(failed.length, "partition")} stopped on an error
      </h2>
      <ul>
        {failed.map(({ partition, error, attempts, nextAttemptAt }) => (
          <li key={partition} className="py-1">
            <p className="mono wrap-anywhere">{error.message}</p>
            <p className="flex flex-wrap items-center gap-x-3 text-data">
              partition {partition}, {plural(attempts, "try").replace("trys", "tries")}
              {error.position === null ? null : (
                <Link href={urls.position(store, error.position)} className="link">
                  open event #{formatCount(error.position)}
                </Link>
              )}
              {nextAttemptAt === null ? null : (
                <span>
                  next try <TimeCell at={nextAttemptAt} />
                </span>
              )}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

import { plural } from "@/app/_ui/format";
import { num, PlainTable } from "@/app/_ui/plain-table";
import { StatusPill } from "@/app/_ui/status-pill";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { WitnessState } from "@/lib/queries/integrity";

/** Where notes are published outside of the database, and how far each place has them. */
export function Witnesses({ witnesses }: { witnesses: readonly WitnessState[] }) {
  if (witnesses.length === 0) return null;
  return (
    <section aria-label="Witnesses" className="border-b">
      <PlainTable label="Witnesses" heads={["Witness", "State", num("Has up to"), "Since", "Next"]}>
        {witnesses.map(({ name, size, publishedAt, failures, error, nextAt, alive }) => (
          <tr key={name} data-copy={name}>
            <td className="mono wrap-anywhere">{name}</td>
            <td>
              {error !== null ? (
                <StatusPill status="bad" title={error}>
                  failed {failures} {failures === 1 ? "time" : "times"}: {error}
                </StatusPill>
              ) : !alive ? (
                <StatusPill status="stale">no worker publishes to it</StatusPill>
              ) : (
                <StatusPill status="ok">{size === null ? "waits for the first note" : "published"}</StatusPill>
              )}
            </td>
            <td className="num">{size === null ? "–" : plural(size, "event")}</td>
            <td>{publishedAt === null ? "–" : <TimeCell at={publishedAt} />}</td>
            <td>{error === null ? "–" : <TimeCell at={nextAt} />}</td>
          </tr>
        ))}
      </PlainTable>
    </section>
  );
}

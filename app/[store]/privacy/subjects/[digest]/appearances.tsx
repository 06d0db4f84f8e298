import { urls } from "@/app/_lib/urls";
import { formatCount, plural } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { Section } from "@/app/_ui/page-header";
import { Segments } from "@/app/_ui/segments";
import type { SubjectEvents } from "@/lib/queries/subject-events";
import type { SubjectStreams } from "@/lib/queries/subject-streams";
import { SubjectEventTable } from "./subject-events";
import { SubjectStreamTable } from "./subject-streams";

/** How it is shown where a person appears: event by event, or counted by stream. */
export const appearanceViews = ["events", "streams"] as const;

/** What one look through the log found; of either kind. */
export type Found = { readonly events: SubjectEvents } | { readonly streams: SubjectStreams };

/** Where a person appears in the log, as far as one answer looks; and how far that is. */
export function Appearances({
  store,
  digest,
  found,
  before,
  live,
}: {
  store: string;
  digest: string;
  found: Found;
  before: string | undefined;
  /** Whether one of their keys is, so that anything can be read. */
  live: boolean;
}) {
  const by = "events" in found ? "events" : "streams";
  const { lookedTo, highWater, next } = "events" in found ? found.events : found.streams;
  const rows = "events" in found ? found.events.events.length : found.streams.streams.length;
  const here = (change: { by?: string; before?: string | undefined }) =>
    urls.subject(store, digest, { by: by === "events" ? undefined : by, ...change });
  return (
    <Section
      title="Where this person appears"
      className="border-t"
      aside={
        <Segments
          label="Counted by"
          choices={appearanceViews}
          chosen={by}
          href={(each) => here({ by: each, before })}
          keep
        />
      }
    >
      {rows === 0 ? (
        <p className="px-4 py-2 text-muted">
          {next === null ? "Nothing of this person is sealed in this part of the log." : "Nothing here yet: look on."}
        </p>
      ) : "events" in found ? (
        <SubjectEventTable store={store} digest={digest} events={found.events.events} live={live} />
      ) : (
        <SubjectStreamTable store={store} found={found.streams} />
      )}
      <p role="status" className="flex flex-wrap items-center gap-3 px-4 pt-1 pb-3 text-muted text-data">
        <span>
          {plural(rows, by === "events" ? "event" : "stream")}; looked through positions {formatCount(lookedTo)} to{" "}
          {formatCount(before ?? highWater)}.
        </span>
        {before === undefined ? null : (
          <Link className="link" href={here({ before: undefined })} scroll={false}>
            From the newest
          </Link>
        )}
        {next === null ? null : (
          <Link className="btn" href={here({ before: next })} scroll={false} aria-keyshortcuts="m">
            Look on
          </Link>
        )}
      </p>
    </Section>
  );
}

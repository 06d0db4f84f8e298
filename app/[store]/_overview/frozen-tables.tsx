import { urls } from "@/app/_lib/urls";
import { formatCount, formatDuration, UNKNOWN } from "@/app/_ui/format";
import type { Status } from "@/app/_ui/glyph";
import { Link } from "@/app/_ui/link.client";
import { Section } from "@/app/_ui/page-header";
import { num, PlainTable } from "@/app/_ui/plain-table";
import { StatusPill } from "@/app/_ui/status-pill";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { ConsumerThen } from "@/lib/queries/moment/lag-then";
import type { OverviewThen } from "@/lib/queries/moment/overview-then";

/** How far every consumer was; each leads to its lag around the moment. */
export function ConsumersThen({ store, then }: { store: string; then: OverviewThen }) {
  const { consumers, at, now } = then;
  if (consumers.length === 0) return null;
  const parked = new Map(then.letters.map((letters) => [letters.consumer, letters]));
  return (
    <Section title={`Consumers of then ${consumers.length}, oldest first`}>
      <PlainTable
        label="Consumers of then"
        heads={["Consumer", "State", num("Oldest unproc."), num("Behind"), num("Set aside"), "The figures are of"]}
      >
        {consumers.map((consumer) => (
          <tr key={consumer.name} data-copy={consumer.name}>
            <td className="first">
              <Link
                data-row
                className="font-medium hover:text-brand"
                href={
                  consumer.kind === "process"
                    ? urls.process(store, consumer.name)
                    : urls.projection(store, consumer.name, { ...around(at, now), live: "off" })
                }
              >
                {consumer.name}
              </Link>
            </td>
            <td className="second">
              <StateThen consumer={consumer} />
            </td>
            <td className="num">{consumer.lag.known ? formatDuration(consumer.lag.ageMs) : UNKNOWN}</td>
            <td className="num">{consumer.lag.known ? formatCount(consumer.lag.events) : UNKNOWN}</td>
            <td className="num">{setAside(parked.get(consumer.name))}</td>
            <td className="text-muted">{ofWhat(consumer)}</td>
          </tr>
        ))}
      </PlainTable>
    </Section>
  );
}

/** Runs that were under way; where they are now is on their pages. */
export function RunsThen({ store, then: { runs } }: { store: string; then: OverviewThen }) {
  if (runs.length === 0) return null;
  return (
    <Section title="Runs under way" className="border-t">
      <PlainTable label="Runs under way" heads={["Run", "Since then", "Began", "By"]}>
        {runs.map(({ id, kind, subject, ended, startedAt, requestedBy }) => (
          <tr key={id} data-copy={`R-${id}`}>
            <td className="first">
              <Link data-row className="font-medium hover:text-brand" href={urls.run(store, id)}>
                R-{id} {kind}
                {subject === null ? "" : ` of ${subject}`}
              </Link>
            </td>
            <td className="second text-muted">{ended === null ? "has not ended" : `has ${ended}`}</td>
            <td>
              <TimeCell at={startedAt} />
            </td>
            <td className="text-muted">{requestedBy}</td>
          </tr>
        ))}
      </PlainTable>
    </Section>
  );
}

function StateThen({ consumer: { lag, over, pausedBy } }: { consumer: ConsumerThen }) {
  const [status, word]: [Status, string] =
    pausedBy !== null
      ? ["idle", "paused"]
      : !lag.known
        ? ["stale", lag.why === "unknown" ? "unknown then" : "not measured"]
        : over === null
          ? ["stale", "objective not kept"]
          : over.ms > 0
            ? ["warn", `over for ${formatDuration(over.ms)}`]
            : ["ok", "within objective"];
  return (
    <StatusPill status={status} title={pausedBy === null ? undefined : `by ${pausedBy}`}>
      {word}
    </StatusPill>
  );
}

function setAside(letters: OverviewThen["letters"][number] | undefined): string {
  return letters === undefined ? "0" : `${formatCount(letters.count)}${letters.more ? "+" : ""}`;
}

function ofWhat({ lag, over }: ConsumerThen): string {
  if (!lag.known) return lag.why === "unknown" ? "a look that could not tell" : "";
  const figures = lag.of === "second" ? "that second" : `the worst of that ${lag.of}`;
  return over === null ? figures : `${figures}; the objective over that ${over.of}`;
}

/** So much before and after the moment is on the charts that a consumer's link leads to. */
const AROUND_MS = 1_800_000;

function around(at: string, now: string): { readonly from: string; readonly to: string } {
  const moment = Date.parse(at);
  const to = Math.min(moment + AROUND_MS, Date.parse(now));
  return { from: new Date(moment - AROUND_MS).toISOString(), to: new Date(to).toISOString() };
}

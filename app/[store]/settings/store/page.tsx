import type { Metadata } from "next";
import { Facts } from "@/app/_ui/facts";
import { formatAgo, formatBytes, formatCount, formatDuration } from "@/app/_ui/format";
import { PageHeader, Section } from "@/app/_ui/page-header";
import { num, PlainTable } from "@/app/_ui/plain-table";
import { PositionPill } from "@/app/_ui/position-pill";
import { StatusPill } from "@/app/_ui/status-pill";
import { TimeCell } from "@/app/_ui/time-cell.client";
import { type StoreFacts, storeFacts } from "@/lib/queries/store-facts";
import { openStore } from "../../open-store";
import { SettingsTabs } from "../settings-tabs";

export const metadata: Metadata = { title: "Store" };

/** Clocks that differ by more than this are worth a word, in milliseconds. */
const CLOCK_OFF_MS = 1_000;

/** What the store stands on: the server, its rights, its clock, its size, and the settings that matter. */
export default async function StorePage({ params }: { params: Promise<{ store: string }> }) {
  const { store, context } = await openStore((await params).store);
  const facts = await storeFacts(context);
  return (
    <>
      <PageHeader
        title="Settings"
        status={
          <>
            <SettingsTabs store={store} open="store" />
            <span className="text-data">
              {store} on PostgreSQL {facts.serverVersion}
            </span>
          </>
        }
      />
      <Section title="Server" className="pb-3">
        <Facts facts={serverFacts(facts)} />
      </Section>
      <Section title="Log and clock" className="border-t pb-3">
        <Facts facts={logFacts(facts)} />
      </Section>
      <div className="grid gap-x-6 border-t lg:grid-cols-2">
        <Section title="Settings that matter" className="pb-4">
          <Settings facts={facts} />
        </Section>
        <Section title="Largest tables, with their indexes" className="pb-4">
          <PlainTable label="Largest tables" heads={["Table", num("Size"), num("Part")]}>
            {facts.tables.map(({ name, bytes }) => (
              <tr key={name} data-copy={name}>
                <td className="first mono">{name}</td>
                <td className="num">{formatBytes(bytes)}</td>
                <td className="num text-muted">{part(bytes, facts.databaseBytes)}</td>
              </tr>
            ))}
          </PlainTable>
        </Section>
      </div>
    </>
  );
}

function part(bytes: number, whole: number): string {
  const share = (bytes / Math.max(1, whole)) * 100;
  return share < 1 ? "< 1 %" : `${Math.round(share)} %`;
}

type FactList = readonly (readonly [string, React.ReactNode])[];

function serverFacts(facts: StoreFacts): FactList {
  const { open, max } = facts.connections;
  return [
    ["Database", facts.database],
    ["Schema", facts.schema],
    ["Works as", facts.role],
    [
      "Events",
      facts.mayChangeEvents || facts.superuser ? (
        <StatusPill key="events" status="bad">
          this role could change them
        </StatusPill>
      ) : (
        <StatusPill key="events" status="ok">
          append-only for this role
        </StatusPill>
      ),
    ],
    ["Up since", <TimeCell key="up" at={facts.startedAt} year />],
    ["Is", facts.standby ? "a standby, read-only" : "the primary"],
    ["Connections", `${formatCount(open)} of ${formatCount(max)}`],
    ["Name search", facts.trigrams ? "by trigrams" : "in steps, without an index"],
    ["Size", formatBytes(facts.databaseBytes)],
  ];
}

function logFacts(facts: StoreFacts): FactList {
  const off = Math.abs(facts.clockOffMs);
  return [
    ["Head", <PositionPill key="head" position={facts.head} />],
    ["High-water mark", <PositionPill key="mark" position={facts.highWater} />],
    ["Its agent", facts.agent ?? "nobody at the moment"],
    ["Checked", facts.agentCheckedAt && formatAgo(facts.agentCheckedAt, Date.parse(facts.databaseNow))],
    ["Database's clock", <TimeCell key="clock" at={facts.databaseNow} year />],
    [
      "Console's clock",
      off > CLOCK_OFF_MS ? (
        <StatusPill key="off" status="warn">
          {formatDuration(off)} {facts.clockOffMs > 0 ? "ahead" : "behind"}
        </StatusPill>
      ) : (
        `within ${formatDuration(Math.max(1, Math.ceil(off)))}`
      ),
    ],
    ["Round trip", formatDuration(facts.roundTripMs)],
  ];
}

function Settings({ facts: { settings } }: { facts: StoreFacts }) {
  return (
    <PlainTable label="Settings of the server" heads={["Setting", "Value", "What it is for"]}>
      {settings.map(({ name, value, why, concern }) => (
        <tr key={name} data-copy={name}>
          <td className="first mono">{name}</td>
          <td className="second mono">{concern === null ? value : <StatusPill status="warn">{value}</StatusPill>}</td>
          <td className="break text-muted">{concern ?? why}</td>
        </tr>
      ))}
    </PlainTable>
  );
}

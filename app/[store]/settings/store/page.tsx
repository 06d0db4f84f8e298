import type { Metadata } from "next";
import { urls } from "@/app/_lib/urls";
import { ActSheet } from "@/app/_ui/act-sheet.client";
import { Facts } from "@/app/_ui/facts";
import { formatAgo, formatBytes, formatCount, formatDuration } from "@/app/_ui/format";
import { PageHeader, Section } from "@/app/_ui/page-header";
import { num, PlainTable } from "@/app/_ui/plain-table";
import { PositionPill } from "@/app/_ui/position-pill";
import { StatusPill } from "@/app/_ui/status-pill";
import { TimeCell } from "@/app/_ui/time-cell.client";
import { hasRole } from "@/lib/access/principal";
import type { BoundedCount, KekStanding } from "@/lib/keys/read-status";
import { type KeyStatus, keyStatus } from "@/lib/queries/key-status";
import { type StoreFacts, storeFacts } from "@/lib/queries/store-facts";
import { openStore } from "../../open-store";
import { SettingsTabs } from "../settings-tabs";

export const metadata: Metadata = { title: "Store" };

/** Clocks that differ by more than this are worth a word, in milliseconds. */
const CLOCK_OFF_MS = 1_000;

/** What the store stands on: the server, its rights, its clock, its size, and the settings that matter. */
export default async function StorePage({ params }: { params: Promise<{ store: string }> }) {
  const { store, context, keys, seals, principal } = await openStore((await params).store);
  const [facts, keyStore] = await Promise.all([storeFacts(context), keyStatus(keys, seals)]);
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
      <Section title="Keys of personal fields" className="border-t pb-3">
        <Facts facts={keyFacts(keyStore)} />
        {keyStore.state === "ready" && hasRole(principal, "admin") ? (
          <div className="px-4 pt-2">
            <ActSheet
              store={store}
              url={urls.api(store, "/keys/rotate")}
              act="rotate-keys"
              named="keys"
              label="Rotate"
              confirm="Wrap all keys anew"
              done="Rotation begun"
            >
              Wraps every key under the newest key-encryption key, as a run. Nothing that is sealed changes. First add a
              new one as the last line of the file on every machine: <span className="mono">docs/keys.md</span>. When
              the run has ended, no key needs the older ones.
            </ActSheet>
          </div>
        ) : null}
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

function keyFacts(keys: KeyStatus): FactList {
  if (keys.state === "off") return [["Key store", "none: personal fields are not sealed"]];
  if (keys.state === "down") {
    return [
      [
        "Key store",
        <StatusPill key="down" status="bad">
          does not answer
        </StatusPill>,
      ],
      ["Why", keys.why],
    ];
  }
  return [
    [
      "Key store",
      <StatusPill key="ready" status="ok">
        answers
      </StatusPill>,
    ],
    ["New events", keys.sealing ? "sealed" : "not sealed: personal fields are stored in plain text"],
    [
      "Identity",
      <span key="identity" className="mono">
        {keys.identity}
      </span>,
    ],
    ["Made", <TimeCell key="made" at={keys.since} year />],
    ["Live", counted(keys.live)],
    ["Destroyed", counted(keys.destroyed)],
    ...keys.keks.map((kek, n) => [`Encryption key ${n + 1}`, <Kek key={kek.id} kek={kek} />] as const),
  ];
}

function counted({ keys, more }: BoundedCount): string {
  return `${formatCount(keys)}${more ? " or more" : ""}`;
}

const KEEPERS = {
  environment: "in the environment",
  file: "in a file",
  "aws-kms": "in AWS KMS",
  pkcs11: "in a PKCS#11 token",
} as const;

function Kek({ kek }: { kek: KekStanding }) {
  return (
    <>
      <span className="mono">{kek.id}</span>{" "}
      {kek.keeper === null ? (
        <StatusPill status="bad">{counted(kek)} keys under it, and it is missing</StatusPill>
      ) : (
        `${KEEPERS[kek.keeper]}, ${standing(kek)}`
      )}
    </>
  );
}

/** What stands under a key-encryption key, and whether it can go. */
function standing(kek: KekStanding): string {
  const under = `${counted(kek)} keys${kek.secret ? " and the secret of the digests" : ""} under it`;
  if (kek.newest) return `${under}, wraps new ones`;
  return kek.keys > 0 || kek.secret ? `${under}, still needed` : "not needed";
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

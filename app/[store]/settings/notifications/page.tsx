import type { Metadata } from "next";
import { CommandLine, EmptyState } from "@/app/_ui/empty-state";
import { formatAgo, plural } from "@/app/_ui/format";
import { PageHeader } from "@/app/_ui/page-header";
import { num, PlainTable } from "@/app/_ui/plain-table";
import { StatusPill } from "@/app/_ui/status-pill";
import { hasRole } from "@/lib/access/principal";
import { alertChannels, type ChannelRow } from "@/lib/queries/alert-channels";
import { deliveryStatus } from "../../alerts/[id]/alert-history";
import { openStore } from "../../open-store";
import { SettingsTabs } from "../settings-tabs";
import { AddChannel } from "./add-channel.client";
import { ChannelActs } from "./channel-acts.client";

export const metadata: Metadata = { title: "Notifications" };

/** Who is told of alerts, of which, and whether it arrives. */
export default async function NotificationsPage({ params }: { params: Promise<{ store: string }> }) {
  const { store, context, principal } = await openStore((await params).store);
  if (!hasRole(principal, "operator")) {
    return (
      <>
        <PageHeader title="Settings" status={<SettingsTabs store={store} open="notifications" />} />
        <EmptyState title="Channels are shown to operators">
          <p>An admin can give you the role; what is signed in here is {principal.role}.</p>
        </EmptyState>
      </>
    );
  }
  const channels = await alertChannels(context);
  const mayAct = hasRole(principal, "admin");
  const now = Date.now();
  return (
    <>
      <PageHeader
        title="Settings"
        status={
          <>
            <SettingsTabs store={store} open="notifications" />
            <span className="text-data">{plural(channels.length, "channel")}</span>
          </>
        }
      >
        {mayAct ? <AddChannel store={store} /> : null}
      </PageHeader>
      {channels.length === 0 ? (
        <EmptyState title="Nobody is told of alerts yet">
          <p>Add a webhook, a channel that takes Slack's webhooks, or e-mail:</p>
          <CommandLine>
            bin/tidemark channels add on-call --kind slack --address https://hooks.example.org/…
          </CommandLine>
        </EmptyState>
      ) : (
        <PlainTable
          label="Channels"
          heads={[
            "Channel",
            "State",
            "Leads to",
            "Is told of",
            num("Waiting"),
            num("Lost, 24 h"),
            "Last notice",
            { name: "Acts", hidden: true },
          ]}
        >
          {channels.map((channel) => (
            <tr key={channel.id} data-copy={channel.name}>
              <td className="first bare font-medium">
                {channel.name} <span className="font-normal text-muted">({channel.kind})</span>
              </td>
              <td className="second">
                <StatusPill status={channel.enabled ? (channel.lost > 0 ? "warn" : "ok") : "idle"}>
                  {channel.enabled ? "on" : "off"}
                </StatusPill>
              </td>
              <td className="mono clip min-w-40" title={channel.shown}>
                {channel.shown}
              </td>
              <td className="text-muted">{toldOf(channel)}</td>
              <td className="num">{channel.waiting}</td>
              <td className="num">{channel.lost}</td>
              <td className="break whitespace-normal text-muted">
                <LastNotice channel={channel} now={now} />
              </td>
              <td>{mayAct ? <ChannelActs store={store} channel={channel} /> : null}</td>
            </tr>
          ))}
        </PlainTable>
      )}
      <p className="max-w-prose px-4 py-3 text-muted text-data">
        A notice is written with the step that it tells of, so none is lost when a process dies. Webhooks may get one
        again under the same webhook-id; other channels get each at most once. Addresses and keys are never shown.
      </p>
    </>
  );
}

function toldOf({ leastSeverity, states }: ChannelRow): string {
  const what =
    leastSeverity === "critical"
      ? "critical alerts"
      : leastSeverity === "warning"
        ? "warnings and worse"
        : "everything";
  return `${what}: ${states.join(", ")}`;
}

function LastNotice({ channel: { last }, now }: { channel: ChannelRow; now: number }) {
  if (last === null) return "none yet";
  return (
    <>
      <StatusPill status={deliveryStatus[last.state]} title={last.error ?? undefined}>
        {last.state}
      </StatusPill>{" "}
      {formatAgo(last.createdAt, now)}
      {last.seq === null ? ", a test" : ""}
      {last.error === null ? "" : `: ${last.error}`}
    </>
  );
}

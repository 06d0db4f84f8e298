import type { Metadata } from "next";
import { urls } from "@/app/_lib/urls";
import { EmptyState } from "@/app/_ui/empty-state";
import { formatDuration, plural } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { PageHeader } from "@/app/_ui/page-header";
import { PlainTable } from "@/app/_ui/plain-table";
import { choice, type SearchParams } from "@/app/_ui/search-text";
import { Segments } from "@/app/_ui/segments";
import { endpoints } from "@/app/api/_endpoints";
import { type OfferedAct, offeredActs } from "@/app/api/_endpoints/acts";
import { hasRole } from "@/lib/access/principal";
import type { StoreSafety } from "@/lib/kernel/store-safety";
import { safetyLevels } from "@/lib/operations/safety";
import { coolingOff } from "@/lib/queries/cooling-off";
import type { CoolingOff } from "@/lib/shred/cooling-off";
import { openStore } from "../../open-store";
import { SettingsTabs } from "../settings-tabs";
import { SetCoolingOff } from "./set-cooling-off.client";

export const metadata: Metadata = { title: "Safety" };

const SHOWN = ["all", "S3", "S2", "S1", "S0", "mine"] as const;

/** Every act there is: how grave it is, who may do it, what it asks for first, and how it is undone. */
export default async function SafetyPage({
  params,
  searchParams,
}: {
  params: Promise<{ store: string }>;
  searchParams: SearchParams;
}) {
  const { store, safety, context, principal } = await openStore((await params).store);
  const cooling = await coolingOff(context);
  const shown = choice((await searchParams).show, SHOWN);
  const acts = offeredActs(endpoints, safety).filter(
    ({ level, role }) => shown === "all" || (shown === "mine" ? hasRole(principal, role) : level === shown),
  );
  return (
    <>
      <PageHeader title="Settings" status={<SettingsTabs store={store} open="safety" />}>
        <Segments
          label="Shown"
          choices={SHOWN}
          chosen={shown}
          words={(each) => (each === "all" ? "All" : each === "mine" ? "What I may" : each)}
          href={(each) => urls.settings(store, "safety", { show: each === "all" ? undefined : each })}
        />
      </PageHeader>
      <p className="max-w-prose px-4 py-2 text-muted">
        {safetyLevels.map(({ level, meaning }) => `${level} ${meaning}`).join("; ")}. {STORE_ASKS[safety]} The levels
        stand in the code, and how much a store asks for in its environment (
        <span className="mono">TIDEMARK_SAFETY={safety}</span>); nobody can lower either here.
      </p>
      <div className="flex flex-wrap items-center gap-3 border-b px-4 pb-2">
        <span>
          Cooling off of requests to forget a person: <strong className="font-medium">{coolingWords(cooling)}</strong>
          {cooling.changedBy === null ? null : <span className="text-muted">, set by {cooling.changedBy}</span>}
        </span>
        {hasRole(principal, "admin") ? (
          <SetCoolingOff key={cooling.minutes} store={store} minutes={cooling.minutes} />
        ) : null}
      </div>
      {acts.length === 0 ? <EmptyState title="There is no act of this kind" /> : null}
      {acts.length === 0 ? null : (
        <PlainTable
          label={`${plural(acts.length, "act")}`}
          heads={["Act", "Level", "Who may", "Asks for", "Undone by", "What it does"]}
        >
          {acts.map((act) => (
            <tr key={act.name} data-copy={act.name}>
              <td className="first">
                <Link href={urls.audit(store, { act: act.name })} data-row className="mono hover:text-brand">
                  {act.name}
                </Link>
              </td>
              <td className={`second font-medium ${act.level === "S3" ? "text-bad" : ""}`}>{act.level}</td>
              <td className={hasRole(principal, act.role) ? "" : "text-faint"}>{act.role}</td>
              <td className="text-muted">{asksFor(act)}</td>
              <td className="clip break w-[28%] text-muted" title={act.undo}>
                {act.undo}
              </td>
              <td className="wide clip w-[30%] text-muted" title={act.calls[0]?.summary}>
                {act.calls[0]?.summary}
              </td>
            </tr>
          ))}
        </PlainTable>
      )}
    </>
  );
}

const STORE_ASKS: Readonly<Record<StoreSafety, string>> = {
  open: "This store is open: each act asks for what it needs by itself.",
  ask: "This store asks for care: a reason before S2, and a reason, a ticket and the typed name before S3.",
  locked: "This store is locked: S2 and S3 are not done here.",
};

function coolingWords({ minutes }: CoolingOff): string {
  return minutes === 0 ? "as each asks for" : `at least ${formatDuration(minutes * 60_000)}`;
}

function asksFor({ locked, needsReason, needsTicket, needsName, needsApproval }: OfferedAct): string {
  if (locked) return "not done in this store";
  const asked = [
    ...[needsReason && "a reason", needsTicket && "a ticket", needsName && "the typed name"],
    needsApproval && "a seen preview",
  ];
  return asked.filter(Boolean).join(", ");
}

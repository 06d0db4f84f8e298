import type { Metadata } from "next";
import { urls } from "@/app/_lib/urls";
import { EmptyState } from "@/app/_ui/empty-state";
import { formatDuration } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { LiveRefresh } from "@/app/_ui/live-refresh.client";
import { PageHeader } from "@/app/_ui/page-header";
import { num, PlainTable } from "@/app/_ui/plain-table";
import { one, type SearchParams } from "@/app/_ui/search-text";
import { budgetLeft, burnWords, knownShare, percent, sloStatusOf } from "@/app/_ui/slo-words";
import { StatusPill } from "@/app/_ui/status-pill";
import { hasRole } from "@/lib/access/principal";
import { alertWatch } from "@/lib/queries/list-alerts";
import { readHighWater } from "@/lib/queries/list-events";
import { type SloStatus, sloList } from "@/lib/queries/slo-list";
import { WatchLine } from "../alerts/watch-line";
import { openStore } from "../open-store";
import { SetSlo } from "./set-slo.client";

export const metadata: Metadata = { title: "SLOs" };

/** What was promised of every consumer, how much of its error budget is left, and how fast it burns. */
export default async function SlosPage({
  params,
  searchParams,
}: {
  params: Promise<{ store: string }>;
  searchParams: SearchParams;
}) {
  const { store, context, principal } = await openStore((await params).store);
  const query = await searchParams;
  const [sel, live] = [one(query.sel), one(query.live) !== "off"];
  const [slos, watch, highWater] = await Promise.all([sloList(context), alertWatch(context), readHighWater(context)]);
  const mayAct = hasRole(principal, "operator");
  return (
    <>
      <PageHeader title="SLOs" status={<span className="text-data">error budgets of the last 30 days</span>}>
        <LiveRefresh
          on={live}
          after={String(highWater)}
          store={store}
          gauges={["lag"]}
          everyMs={5_000}
          liveHref={urls.slos(store, { sel })}
          pausedHref={urls.slos(store, { sel, live: "off" })}
        />
      </PageHeader>
      <WatchLine watch={watch} now={Date.now()} />
      {slos.length === 0 ? (
        <EmptyState title="Nothing follows the log yet">
          <p>A worker registers what follows it when it starts; each has an objective from then on.</p>
        </EmptyState>
      ) : (
        <PlainTable
          label="Service level objectives"
          heads={[
            ...["Consumer", "State", num("Objective"), num("Target"), num("Attained"), "Budget left"],
            ...[num("Burn 5 min"), num("Burn 1 h"), num("Burn 6 h"), { name: "Set", hidden: true }],
          ]}
        >
          {slos.map((slo) => (
            <Row key={slo.consumer} store={store} slo={slo} selected={slo.consumer === sel} mayAct={mayAct} />
          ))}
        </PlainTable>
      )}
      <p className="max-w-prose px-4 py-3 text-muted text-data">
        An objective says how old the oldest event without effect may be; the target, for how much of the time. The
        budget is the time in which it may be older. Time of which no sample is known is neither: no data is not good
        data, and it is shown as unknown.
      </p>
    </>
  );
}

function Row({ store, slo, selected, mayAct }: { store: string; slo: SloStatus; selected: boolean; mayAct: boolean }) {
  const { consumer, objectiveMs, target, budget, burn, changedBy } = slo;
  const { status, word } = sloStatusOf(slo);
  const left = Math.max(0, Math.min(1, budget.leftMs / budget.allowedMs));
  return (
    <tr
      data-copy={consumer}
      aria-current={selected ? "true" : undefined}
      className={selected ? "bg-selected" : undefined}
    >
      <td className="first">
        <Link href={urls.slo(store, consumer)} data-row className="font-medium hover:text-brand">
          {consumer}
        </Link>
      </td>
      <td className="second">
        <StatusPill status={status}>{word}</StatusPill>
      </td>
      <td className="num" title={changedBy === null ? "as declared in code" : `set by ${changedBy}`}>
        {formatDuration(objectiveMs)}
      </td>
      <td className="num">{percent(target)}</td>
      <td className="num">{percent(budget.attained)}</td>
      <td>
        <span className="flex items-center gap-2">
          <span aria-hidden="true" className="h-1.5 w-24 overflow-clip rounded-full bg-subtle">
            <span
              className={`block h-full ${status === "bad" ? "bg-bad-solid" : status === "warn" ? "bg-warn-solid" : "bg-ok-solid"}`}
              style={{ width: `${left * 100}%` }}
            />
          </span>
          {budgetLeft(slo)}
          {budget.known !== null && budget.known < 0.999 ? (
            <span className="text-muted text-data">{knownShare(budget.known)} known</span>
          ) : null}
        </span>
      </td>
      <td className="num">{burnWords(burn["5m"])}</td>
      <td className="num">{burnWords(burn["1h"])}</td>
      <td className="num">{burnWords(burn["6h"])}</td>
      <td>{mayAct ? <SetSlo store={store} slo={{ consumer, objectiveMs, target, changedBy }} /> : null}</td>
    </tr>
  );
}

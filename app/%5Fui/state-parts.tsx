import { CommandLine, EmptyState } from "@/app/_ui/empty-state";
import { Facts } from "@/app/_ui/facts";
import { FieldFilter } from "@/app/_ui/field-filter";
import { Figure } from "@/app/_ui/figure";
import { Glyph, type Status } from "@/app/_ui/glyph";
import { GoBox } from "@/app/_ui/go-box";
import { IdChip } from "@/app/_ui/id-chip";
import { InstanceLinks } from "@/app/_ui/instance-links";
import { LagAge, LagCount } from "@/app/_ui/lag-cell";
import { LiveBadge } from "@/app/_ui/live-badge";
import { Mark } from "@/app/_ui/mark";
import { MaskedValue } from "@/app/_ui/masked-value";
import { OutsideLink } from "@/app/_ui/outside-link";
import { PageHeader, Section } from "@/app/_ui/page-header";
import { Pager } from "@/app/_ui/pager";
import { PositionPill } from "@/app/_ui/position-pill";
import { RunProgress } from "@/app/_ui/run-progress";
import { Segments } from "@/app/_ui/segments";
import { SkeletonPage, SkeletonRows } from "@/app/_ui/skeleton";
import { Sparkline } from "@/app/_ui/sparkline";
import { StatusPill } from "@/app/_ui/status-pill";
import { TimeCell } from "@/app/_ui/time-cell.client";
import { WhatIfAnswer } from "@/app/_ui/what-if-answer";
import { Part, States } from "./part";
import { AT, ID, lags } from "./samples";

const STATUSES: readonly Status[] = ["ok", "run", "warn", "bad", "idle", "shred", "stale"];

/** What says a state: glyphs, words, ages, and the four states of a page. */
export function StateParts() {
  return (
    <>
      <Part file="glyph.tsx, status-pill.tsx, mark.tsx">
        <States>
          <Mark />
          {STATUSES.map((status) => (
            <Glyph key={status} status={status} size={14} />
          ))}
          {STATUSES.map((status) => (
            <StatusPill key={status} status={status}>
              {status}
            </StatusPill>
          ))}
        </States>
      </Part>
      <Part file="lag-cell.tsx, sparkline.tsx">
        <States>
          {lags.map((lag, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: samples have no identity and never move
            <span key={index} className="inline-flex gap-2">
              <LagAge lag={lag} sloMs={10_000} />
              <LagCount lag={lag} />
            </span>
          ))}
          <Sparkline values={[1, 4, 2, null, 6, 9, 3]} label="A trend with a gap" />
          <Sparkline values={[]} label="No trend" />
        </States>
      </Part>
      <Part file="live-badge.tsx">
        <States>
          {(["live", "connecting", "stale", "offline", "full", "off"] as const).map((state) => (
            <LiveBadge key={state} live={{ state, lastAt: Date.parse(AT) }} />
          ))}
        </States>
      </Part>
      <Part file="id-chip.tsx, position-pill.tsx, time-cell.client.tsx, masked-value.tsx, outside-link.tsx, instance-links.tsx">
        <States>
          <IdChip id={ID} what="event id" />
          <IdChip id="order-42" what="stream" href="#" whole />
          <PositionPill position="48211907" />
          <PositionPill position="48211907" href="#" />
          <TimeCell at={AT} />
          <TimeCell at={AT} year />
          <MaskedValue />
          <MaskedValue state="sealed" />
          <MaskedValue state="forgotten" since="2026-04-02" />
          <MaskedValue state="unasked" />
          <MaskedValue state="unknown" />
          <OutsideLink trace={{ href: "https://jaeger.example/trace/1", host: "jaeger.example" }} />
          <InstanceLinks store="local" instances={[{ process: "order-fulfilment", instance: "42" }]} />
        </States>
      </Part>
      <Part file="page-header.tsx, figure.tsx, facts.tsx, go-box.tsx">
        <PageHeader parent={{ href: "#", label: "Streams" }} title="order-42" mono status={<span>12 events</span>}>
          <GoBox action="#" />
        </PageHeader>
        <Section title="A section" aside={<span className="text-data">beside it</span>}>
          <dl className="flex">
            <Figure label="Appended" value="412/s">
              in the last minute
            </Figure>
            <Figure label="Worst lag" value="–">
              unknown: no worker
            </Figure>
          </dl>
          <Facts
            facts={[
              ["Asked by", "amina"],
              ["Reason", null],
              ["Ticket", "INC-212"],
            ]}
          />
        </Section>
      </Part>
      <Part file="run-progress.tsx">
        <div className="grid max-w-md gap-2 px-4">
          <RunProgress run={progress("running", 620, 1_000)} />
          <RunProgress run={progress("running", 620, null)} compact />
          <RunProgress run={progress("succeeded", 1_000, 1_000)} compact />
          <RunProgress run={progress("failed", 10, 1_000)} compact />
        </div>
      </Part>
      <Part file="empty-state.tsx, skeleton.tsx, pager.tsx">
        <EmptyState title="No streams yet">
          <p>A stream begins with its first event:</p>
          <CommandLine>bin/tidemark append order-1 CartOpened</CommandLine>
        </EmptyState>
        <SkeletonPage title="While it is read" />
        <SkeletonRows rows={2} />
        <FieldFilter
          action="#"
          hints={{ who: "Who", act: "Act, as pause-run" }}
          values={{ who: "ada" }}
          keys=""
          filtered
        />
        <Segments label="Outcome" choices={["all", "done", "refused"]} chosen="all" href={() => "#"} />
        <Pager summary="50 shown" newer="#" older={undefined} keys={false} />
      </Part>
      <Part file="what-if-answer.tsx">
        <div className="grid gap-3 px-4">
          <WhatIfAnswer
            tried={{
              version: 3,
              rejection: { code: "order.full", message: "Place it first." },
              events: [],
              changes: [],
            }}
          />
          <WhatIfAnswer
            tried={{
              ...{ version: 3, rejection: null },
              events: [{ type: "OrderPlaced", version: 4, data: { totalCents: 1_200 } }],
              changes: [{ path: "status", kind: "changed", before: "cart", after: "placed" }],
            }}
          />
        </div>
      </Part>
    </>
  );
}

function progress(state: "running" | "succeeded" | "failed", done: number, total: number | null) {
  return { state, done, total, unit: "events", phase: "replay", problems: 0 } as const;
}

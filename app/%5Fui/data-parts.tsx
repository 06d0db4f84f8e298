import { JsonDiff } from "@/app/_ui/json-diff";
import { JsonView, RawJson } from "@/app/_ui/json-view";
import { LagPanel } from "@/app/_ui/lag-panel.client";
import { num, PlainTable } from "@/app/_ui/plain-table";
import { ProjectionTable } from "@/app/_ui/projection-table.client";
import { RunStatePill } from "@/app/_ui/run-state-pill";
import { SloLine } from "@/app/_ui/slo-line";
import { SloPanel } from "@/app/_ui/slo-panel.client";
import { VersionSlider } from "@/app/_ui/version-slider.client";
import { Part, States } from "./part";
import { AFTER_AN_HOUR, AT, lagPoints, paces, projections, run, slo } from "./samples";

const BEFORE = '{"status":"paid","totalCents":1200,"email":"ada@example.org","lines":[{"sku":"tea","quantity":2}]}';
const AFTER =
  '{"status":"shipped","totalCents":1200,"email":"ada@example.org","lines":[{"sku":"tea","quantity":1}],"at":1}';

/** What shows data: tables, JSON, charts. */
export function DataParts() {
  return (
    <>
      <Part file="plain-table.tsx">
        <PlainTable label="A table" heads={["Name", num("Events"), { name: "Acts", hidden: true }]}>
          <tr data-copy="a">
            <td className="first font-medium">order-42</td>
            <td className="num">12</td>
            <td />
          </tr>
          <tr aria-current="true" data-copy="b">
            <td className="first font-medium">order-43, chosen</td>
            <td className="num">1,204</td>
            <td />
          </tr>
        </PlainTable>
      </Part>
      <Part file="projection-table.client.tsx, keyset-table.client.tsx">
        <ProjectionTable store="local" rows={projections} budgets={{ "order-summary": "98 %" }} />
      </Part>
      <Part file="run-state-pill.tsx">
        <States>
          {(["waiting", "running", "paused", "awaiting-decision", "succeeded", "failed", "cancelled"] as const).map(
            (state) => (
              <RunStatePill key={state} store="local" run={run(state)} />
            ),
          )}
        </States>
      </Part>
      <Part file="json-view.tsx, json-diff.tsx">
        <JsonView text={BEFORE} masked={["email"]} highlight={new Set(["status"])} />
        <JsonDiff before={BEFORE} after={AFTER} masked={["email"]} />
        <RawJson text={'{ "kept" :  "byte for byte" }'} />
      </Part>
      <Part file="lag-panel.client.tsx, lag-chart.client.tsx, lines-chart.client.tsx, time-brush.client.tsx">
        <LagPanel
          store="local"
          {...{ points: lagPoints, pace: paces, working: [], marks: [], sloMs: 10_000, ranges: null, zoomHref: "#" }}
          from={AT}
          to={AFTER_AN_HOUR}
        />
      </Part>
      <Part file="slo-panel.client.tsx, slo-chart.client.tsx">
        <SloPanel
          store="local"
          bars={[{ t: Date.parse(AT), goodMs: 800_000, badMs: 40_000, unknownMs: 60_000 }]}
          widthSeconds={900}
          target={0.999}
          changes={[]}
          ranges={null}
        />
      </Part>
      <Part file="slo-line.tsx">
        <SloLine store="local" slo={slo} />
      </Part>
      <Part file="version-slider.client.tsx">
        <VersionSlider version={3} head={12} hrefPattern="#{version}" marks={[5, 10]} />
      </Part>
    </>
  );
}

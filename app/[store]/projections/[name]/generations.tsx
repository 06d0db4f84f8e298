import { urls } from "@/app/_lib/urls";
import { ActSheet } from "@/app/_ui/act-sheet.client";
import { formatBytes, formatCount, plural, UNKNOWN } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { Section } from "@/app/_ui/page-header";
import { num, PlainTable } from "@/app/_ui/plain-table";
import { StatusPill } from "@/app/_ui/status-pill";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { GenerationRow } from "@/lib/queries/generations";

const STATUS = { building: "run", live: "ok", kept: "stale", retired: "idle" } as const;

/** The copies of a read model: the one that serves, one that is being built, and those that can be gone back to. */
export function Generations({
  store,
  name,
  rows,
  operator,
}: {
  store: string;
  name: string;
  rows: readonly GenerationRow[];
  operator: boolean;
}) {
  return (
    <Section title={`Generations ${rows.length}`} className="border-t">
      <PlainTable
        label="Generations"
        heads={[
          "Generation",
          "State",
          "Made by",
          num("Checkpoint"),
          num("Rows ≈", "As the server's statistics have it"),
          num("Space"),
          "Compared",
          "Since",
          { name: "Acts", hidden: true },
        ]}
      >
        {rows.map((row) => (
          <tr key={row.generation}>
            <td className="first">
              {row.generation} <span className="text-muted">v{row.version}</span>
              {row.part ? <span className="block text-muted">{row.part}</span> : null}
            </td>
            <td className="second">
              <StatusPill status={STATUS[row.state]}>{row.state}</StatusPill>
              {row.state === "kept" && !row.followed ? <span className="text-muted"> stands still</span> : null}
            </td>
            <td className="text-muted">
              <MadeBy store={store} by={row.createdBy} />
            </td>
            <td className="num wide mono">{row.checkpoint === null ? UNKNOWN : formatCount(row.checkpoint)}</td>
            <td className="num wide">{row.rows === null ? UNKNOWN : formatCount(row.rows)}</td>
            <td className="num wide text-muted">{row.bytes === null ? UNKNOWN : formatBytes(row.bytes)}</td>
            <td>
              <Compared store={store} name={name} row={row} />
            </td>
            <td className="text-muted">
              <TimeCell at={row.retiredAt ?? row.liveAt ?? row.createdAt} />
            </td>
            <td>
              {operator && row.state === "kept" ? (
                <ActSheet
                  store={store}
                  url={urls.api(store, `/projections/${encodeURIComponent(name)}/generations/${row.generation}/retire`)}
                  act="retire-generation"
                  label="Retire"
                  confirm={`Retire generation ${row.generation}`}
                  done={`Generation ${row.generation} retired`}
                  danger
                >
                  Drops its tables for good. There is no going back to it afterwards.
                </ActSheet>
              ) : null}
            </td>
          </tr>
        ))}
      </PlainTable>
    </Section>
  );
}

function MadeBy({ store, by }: { store: string; by: string }) {
  const run = /^run (\d+)$/.exec(by)?.[1];
  if (run === undefined) return by === "register" ? "deploy" : by;
  return (
    <Link className="link" href={urls.run(store, run)}>
      {by}
    </Link>
  );
}

function Compared({ store, name, row }: { store: string; name: string; row: GenerationRow }) {
  if (row.compared === null) return UNKNOWN;
  const { rows, equal } = row.compared;
  if (rows === equal) return `all ${formatCount(rows)} equal`;
  const text = `${plural(rows - equal, "row")} of ${formatCount(rows)} not equal`;
  return row.state === "retired" ? (
    text
  ) : (
    <Link className="link" href={urls.differences(store, name, row.generation)}>
      {text}
    </Link>
  );
}

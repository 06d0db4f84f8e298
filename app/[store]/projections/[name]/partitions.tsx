import { urls } from "@/app/_lib/urls";
import { ActSheet } from "@/app/_ui/act-sheet.client";
import { formatCount, formatDuration, UNKNOWN } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { Section } from "@/app/_ui/page-header";
import { num, PlainTable } from "@/app/_ui/plain-table";
import { StatusPill } from "@/app/_ui/status-pill";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { PartitionLoad } from "@/lib/queries/partition-load";
import type { PartitionRow } from "@/lib/queries/projection-page";
import { type WhySlow, whySlow } from "./why-slow";

/** The partitions of a projection: who holds each, how far it is, and how to cut or join them. */
export function Partitions({
  store,
  name,
  rows,
  loads,
  chosen,
  mayAct,
}: {
  store: string;
  name: string;
  rows: readonly PartitionRow[];
  /** What waits in each. */
  loads: readonly PartitionLoad[];
  /** The partition that the address names. */
  chosen: string | undefined;
  /** Whether rows belong to one stream each, and the reader may act. */
  mayAct: boolean;
}) {
  return (
    <Section title={`Partitions ${rows.length}`} className="border-t">
      <PlainTable
        label="Partitions"
        heads={[
          "Partition",
          "State",
          "Owner",
          num("Checkpoint"),
          num("Behind", "Events of its types in its slices that it has not handled"),
          num("Oldest", "Age of the oldest of them"),
          num("p95", "95 of 100 batches of the last five minutes took no longer"),
          "Why slow",
          "Moved",
          num("Slices"),
          num("Epoch"),
          ...(mayAct ? [{ name: "Split or merge", hidden: true }] : []),
        ]}
      >
        {rows.map((row) => {
          const load = loads.find(({ partition }) => partition === row.partition);
          return (
            <tr
              key={row.partition}
              id={`partition-${row.partition}`}
              aria-current={String(row.partition) === chosen ? "true" : undefined}
              className="scroll-mt-32"
            >
              <td className="first">{row.partition}</td>
              <td className="second">
                {row.error !== null ? (
                  <StatusPill status="bad">faulted</StatusPill>
                ) : row.stopAt !== null ? (
                  <StatusPill status="run" title={`Becomes one with its neighbour once both stand at ${row.stopAt}`}>
                    merging
                  </StatusPill>
                ) : row.owned ? (
                  <StatusPill status="ok">held</StatusPill>
                ) : (
                  <StatusPill status="stale">not held</StatusPill>
                )}
              </td>
              <td className="mono clip max-w-48">{row.owner ?? "–"}</td>
              <td className="num mono">{formatCount(row.checkpoint)}</td>
              <td className="num">
                {load?.more ? "≥ " : ""}
                {formatCount(load?.behind ?? 0)}
              </td>
              <td className="num">{load && load.behind > 0 ? formatDuration(load.oldestMs) : "0"}</td>
              <td className="num wide">{load?.p95Ms == null ? UNKNOWN : formatDuration(load.p95Ms)}</td>
              <td className="clip max-w-72">
                <Why store={store} why={whySlow(row, load, loads)} />
              </td>
              <td className="text-muted">
                <TimeCell at={row.checkpointAt} />
              </td>
              <td className="num wide text-muted">
                {row.sliceFrom}–{row.sliceTo - 1}
              </td>
              <td className="num wide text-muted">{row.epoch}</td>
              {mayAct ? (
                <td>
                  <ResizeActs store={store} name={name} row={row} uppermost={row.sliceTo === 1_024} />
                </td>
              ) : null}
            </tr>
          );
        })}
      </PlainTable>
    </Section>
  );
}

function Why({ store, why }: { store: string; why: WhySlow | undefined }) {
  if (!why) return null;
  if (why.stream === undefined) return <span className="text-muted">{why.words}</span>;
  return (
    <>
      <Link href={urls.stream(store, why.stream)} className="link mono">
        {why.stream}
      </Link>{" "}
      <span className="text-muted">{why.words}</span>
    </>
  );
}

function ResizeActs({
  store,
  name,
  row,
  uppermost,
}: {
  store: string;
  name: string;
  row: PartitionRow;
  uppermost: boolean;
}) {
  const url = (act: string) =>
    urls.api(store, `/projections/${encodeURIComponent(name)}/partitions/${row.partition}/${act}`);
  const middle = Math.floor((row.sliceFrom + row.sliceTo) / 2);
  return (
    <span className="inline-flex gap-1">
      {row.sliceTo - row.sliceFrom > 1 && row.stopAt === null ? (
        <ActSheet
          store={store}
          url={url("split")}
          label="Split"
          confirm={`Split partition ${row.partition}`}
          done={`Split partition ${row.partition}`}
        >
          Slices {row.sliceFrom} to {middle - 1} and {middle} to {row.sliceTo - 1} become partitions of their own, both
          from checkpoint {formatCount(row.checkpoint)}. Nothing is lost or done twice.
        </ActSheet>
      ) : null}
      {uppermost || row.stopAt !== null ? null : (
        <ActSheet
          store={store}
          url={url("merge")}
          label="Merge up"
          confirm={`Merge partition ${row.partition} with its neighbour`}
          done={`Merging partition ${row.partition}`}
        >
          It becomes one with the partition that begins at slice {row.sliceTo}. The one ahead waits until the one behind
          stands where it does, at most a minute.
        </ActSheet>
      )}
    </span>
  );
}

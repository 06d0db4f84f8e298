import { urls } from "@/app/_lib/urls";
import { formatCount, plural } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { PlainTable } from "@/app/_ui/plain-table";
import type { ProcessMove } from "@/lib/define-process";
import { layOut, type PlacedMove, type PlacedStage } from "./diagram-layout";
import { type StageLink, StageList } from "./stage-list";

/** How many instances stand in a stage; of stages that end an instance, how many ended there in the last 24 hours. */
type StageCounts = {
  readonly running: ReadonlyMap<string, number>;
  readonly ended: ReadonlyMap<string, number>;
};

type Props = {
  readonly store: string;
  readonly process: string;
  readonly moves: readonly ProcessMove[];
  readonly counts: StageCounts;
  readonly chosen: string | undefined;
};

const NODE = { width: 168, height: 38 };
const PITCH = { x: 372, y: 84 };
const LEFT = 34;
const TOP = 36;
const LINE = 13;
/** Names of inputs that stand beside an arrow; the table below has them all. */
const NAMED = 3;

/**
 * The stages of a process as its code declares them, with how many instances stand in each: a stage leads to its instances.
 * The same as a table for those who do not see it.
 */
export function StateDiagram(props: Props) {
  const { process, moves } = props;
  const { stages, moves: placed, ranks, columns } = layOut(moves);
  const width = LEFT + NODE.width + (columns - 1) * PITCH.x + 90;
  const height = TOP + (ranks - 1) * PITCH.y + NODE.height + 8;
  return (
    <figure className="px-4 pb-2">
      <StageList process={process} stages={stages} moves={placed} linkOf={(stage) => linkOf(props, stage)} />
      <div className="overflow-x-auto max-md:hidden">
        {/* biome-ignore lint/a11y/useSemanticElements: a drawing with links in it has no element of its own. */}
        <svg
          role="group"
          aria-label={`Stages of ${process}`}
          viewBox={`0 0 ${width} ${height}`}
          style={{ width, height }}
          className="block max-w-none"
        >
          <defs>
            <marker
              id="arrow"
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="8"
              markerHeight="8"
              orient="auto-start-reverse"
            >
              <path d="M0 .8 7.4 4 0 7.2z" className="fill-line-strong" />
            </marker>
          </defs>
          <svg aria-hidden="true">
            {placed.map((move) => (
              <Arrow key={`${move.from} ${move.to}`} move={move} />
            ))}
          </svg>
          {stages.map((stage) => (
            <Stage key={stage.stage} link={linkOf(props, stage)} placed={stage} />
          ))}
        </svg>
      </div>
      <figcaption className="text-faint text-label">
        From the code of the process. Numbers: instances there now; in the last stages, those that ended there in 24 h.
      </figcaption>
      <details className="mt-1">
        <summary className="link w-fit cursor-pointer text-data">As a table</summary>
        <PlainTable label={`Ways between the stages of ${process}`} heads={["From", "On", "To"]}>
          {moves.map(({ from, to, on }) => (
            <tr key={`${from} ${to}`}>
              <td>{from}</td>
              <td className="whitespace-normal text-muted">{on.join(", ")}</td>
              <td>{to}</td>
            </tr>
          ))}
        </PlainTable>
      </details>
    </figure>
  );
}

function corner({ rank, column }: PlacedStage): { x: number; y: number } {
  return { x: LEFT + column * PITCH.x, y: TOP + rank * PITCH.y };
}

/** What a stage leads to and says, drawn or listed. */
function linkOf({ store, process, counts, chosen }: Props, { stage, last }: PlacedStage): StageLink {
  const count = (last ? counts.ended : counts.running).get(stage) ?? 0;
  const here = stage === chosen;
  return {
    href: urls.process(store, process, { stage: here ? undefined : stage, filter: last ? "ended" : undefined }),
    label: `${stage}: ${plural(count, "instance")} ${last ? "ended in 24 h" : "now"}`,
    ...{ count, chosen: here },
  };
}

function Stage({ link, placed }: { link: StageLink; placed: PlacedStage }) {
  const { stage, last } = placed;
  const { x, y } = corner(placed);
  const { count, chosen: here } = link;
  return (
    <Link href={link.href} aria-current={here ? "true" : undefined} aria-label={link.label} className="group">
      <rect
        x={x}
        y={y}
        width={NODE.width}
        height={NODE.height}
        rx={last ? NODE.height / 2 : 6}
        strokeWidth={here ? 2 : 1}
        className={`${here ? "fill-selected stroke-brand" : "fill-surface stroke-line-strong"} group-hover:fill-hover`}
      />
      <text x={x + 12} y={y + 24} className="fill-ink text-[13px]">
        {stage}
      </text>
      <text
        x={x + NODE.width - 12}
        y={y + 24}
        textAnchor="end"
        className={`text-[13px] ${count > 0 ? "fill-ink font-semibold" : "fill-faint"}`}
      >
        {formatCount(count)}
      </text>
    </Link>
  );
}

function Arrow({ move }: { move: PlacedMove }) {
  const { path, label, anchor, up } = drawn(move);
  const shown =
    move.on.length > NAMED ? [...move.on.slice(0, NAMED - 1), `+ ${move.on.length - NAMED + 1} more`] : move.on;
  return (
    <>
      <path d={path} fill="none" className="stroke-line-strong" strokeWidth="1.25" markerEnd="url(#arrow)" />
      {shown.map((name, index) => (
        <text
          key={name}
          x={label.x}
          y={label.y + (up ? index - shown.length + 1 : index - (shown.length - 1) / 2) * LINE}
          textAnchor={anchor}
          strokeWidth="3"
          className="fill-muted stroke-canvas text-[11px] [paint-order:stroke]"
        >
          {name}
        </text>
      ))}
    </>
  );
}

type Drawn = {
  readonly path: string;
  readonly label: { readonly x: number; readonly y: number };
  readonly anchor: "start" | "middle" | "end";
  /** Whether the names stand above the place, one on the other, or around it. */
  readonly up: boolean;
};

/** Where a move is drawn. What goes on leaves a stage in its upper half, what comes back arrives in its lower half. */
function drawn({ source, target, way }: PlacedMove): Drawn {
  const [from, to] = [corner(source), corner(target)];
  const middle = NODE.width / 2;
  if (way === "down") {
    const [x, top, bottom] = [from.x + middle, from.y + NODE.height, to.y];
    const label = { x: x - 8, y: (top + bottom) / 2 + 3 };
    return { path: `M${x} ${top}V${bottom}`, label, anchor: "end", up: false };
  }
  if (way === "beside" && target.column !== source.column) {
    const right = target.column > source.column;
    const [x, y, end] = [right ? from.x + NODE.width : from.x, from.y + 12, to.x + middle];
    const label = { x: right ? x + 12 : x - 12, y: y - 5 };
    const bend = right ? end - 10 : end + 10;
    return {
      path: `M${x} ${y}H${bend}Q${end} ${y} ${end} ${y + 10}V${to.y}`,
      label,
      anchor: right ? "start" : "end",
      up: true,
    };
  }
  return curved(source, target, from, to);
}

/** Back, or on over several ranks of one column: a curve along the side that the other one is on. */
function curved(
  source: PlacedStage,
  target: PlacedStage,
  from: { x: number; y: number },
  to: { x: number; y: number },
): Drawn {
  const low = NODE.height - 10;
  const toLeft = target.column < source.column;
  const x1 = toLeft ? from.x : from.x + NODE.width;
  const x2 = target.column === source.column || toLeft ? to.x + NODE.width : to.x;
  const [y1, y2] = [from.y + low, to.y + low];
  const reach = target.column === source.column ? 56 : 0;
  const [c1, c2] = reach > 0 ? [x1 + reach, x2 + reach] : [(x1 + x2) / 2, (x1 + x2) / 2];
  const path = `M${x1} ${y1}C${c1} ${y1} ${c2} ${y2} ${x2} ${y2}`;
  const label = { x: reach > 0 ? x1 + reach * 0.8 : (x1 + x2) / 2, y: (y1 + y2) / 2 + (y1 === y2 ? 14 : 4) };
  return { path, label, anchor: reach > 0 ? "start" : "middle", up: false };
}

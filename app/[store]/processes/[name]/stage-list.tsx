import { ArrowDown, CornerDownRight, CornerLeftUp } from "lucide-react";
import { formatCount } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import type { PlacedMove, PlacedStage } from "./diagram-layout";

/** A stage to choose: where it leads, what is said of it, and how many stand in it. */
export type StageLink = {
  readonly href: string;
  readonly label: string;
  readonly count: number;
  readonly chosen: boolean;
};

/**
 * The diagram for a phone: each line of stages from top to bottom, and below a stage what leads on from it, which needs its place's
 * name only where that is not the next one below.
 */
export function StageList({
  process,
  stages,
  moves,
  linkOf,
}: {
  process: string;
  stages: readonly PlacedStage[];
  moves: readonly PlacedMove[];
  linkOf: (placed: PlacedStage) => StageLink;
}) {
  const listed = stages.toSorted((a, b) => a.column - b.column || a.rank - b.rank);
  return (
    <ol aria-label={`Stages of ${process}`} className="md:hidden">
      {listed.map((placed, index) => {
        const { href, label, count, chosen } = linkOf(placed);
        const next = listed[index + 1]?.stage;
        const shape = placed.last ? "rounded-full" : "rounded-card";
        const look = chosen ? "border-2 border-brand bg-selected" : "border-line-strong bg-surface";
        return (
          <li key={placed.stage}>
            <Link
              href={href}
              aria-current={chosen ? "true" : undefined}
              aria-label={label}
              className={`flex min-h-11 items-center justify-between gap-3 border px-4 ${shape} ${look}`}
            >
              <span className="wrap-anywhere">{placed.stage}</span>
              <span className={count > 0 ? "font-semibold" : "text-faint"}>{formatCount(count)}</span>
            </Link>
            <ul className="py-1.5 pl-4 text-data text-muted">
              {moves
                .filter(({ from }) => from === placed.stage)
                .map((move) => (
                  <Way key={move.to} move={move} straight={move.to === next && move.way !== "back"} />
                ))}
            </ul>
          </li>
        );
      })}
    </ol>
  );
}

function Way({ move: { to, on, way }, straight }: { move: PlacedMove; straight: boolean }) {
  const Arrow = straight ? ArrowDown : way === "back" ? CornerLeftUp : CornerDownRight;
  return (
    <li className="flex items-start gap-2 py-0.5">
      <Arrow size={14} className="mt-1 shrink-0" aria-hidden="true" />
      <span className="wrap-anywhere min-w-0">
        {on.join(", ")}
        {straight ? <span className="sr-only">, to {to}</span> : <span className="text-ink">, to {to}</span>}
      </span>
    </li>
  );
}

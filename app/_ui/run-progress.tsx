import type { RunRow } from "@/lib/queries/list-runs";
import { formatCount } from "./format";
import { statusColours } from "./glyph";
import { runStatus } from "./run-state";

/** How far the phase at hand is, as bar, share and counts. Without a total there is a count and no bar. */
export function RunProgress({
  run,
  compact = false,
}: {
  run: Pick<RunRow, "done" | "total" | "unit" | "state" | "phase" | "problems">;
  compact?: boolean;
}) {
  const { done, total, unit, state } = run;
  // What has succeeded is done, whatever its last phase had to count.
  const over = state === "succeeded";
  const share = over ? 1 : total === null || total === 0 ? null : Math.min(1, done / total);
  const sum = total === null || over ? formatCount(done) : `${formatCount(done)} of ≈ ${formatCount(total)}`;
  // A phase that counts nothing says what it does in words.
  const counts = (total === null || over) && done === 0 ? null : `${sum} ${unit}`;
  const percent = share === null ? null : `${Math.floor(share * 100)} %`;
  const status = state === "succeeded" || state === "failed" ? runStatus(run) : "run";
  return (
    <div className={compact ? "flex min-w-40 items-center gap-2" : ""}>
      {share === null ? null : (
        <div
          role="progressbar"
          aria-label={`Phase ${run.phase ?? ""}`}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.floor(share * 100)}
          className={`overflow-clip rounded-full bg-subtle ${compact ? "h-1.5 w-24" : "h-2.5 w-full"}`}
        >
          <div className={`h-full bg-current ${statusColours[status].solid}`} style={{ width: `${share * 100}%` }} />
        </div>
      )}
      <p className={compact ? "text-data text-muted" : "mt-1.5"}>
        {compact ? (percent ?? counts ?? run.phase) : [percent, counts].filter(Boolean).join(" · ")}
      </p>
    </div>
  );
}

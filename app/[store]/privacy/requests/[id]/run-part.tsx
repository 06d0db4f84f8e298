import { urls } from "@/app/_lib/urls";
import { Link } from "@/app/_ui/link.client";
import { RunStatePill } from "@/app/_ui/run-state-pill";
import { TimeCell } from "@/app/_ui/time-cell.client";
import { hasEnded } from "@/lib/queries/list-runs";
import type { RunPage } from "@/lib/queries/run-page";
import { RunActs } from "../../../runs/[id]/run-acts";
import { RunPhases } from "../../../runs/[id]/run-phases";

/** The run that works at a request: its phases, what it said last, and what may be done with it. It goes on without this page. */
export function RunPart({ store, page, mayAct }: { store: string; page: RunPage; mayAct: boolean }) {
  const { run, log } = page;
  return (
    <>
      <RunPhases page={page} />
      <div className="flex flex-wrap items-center gap-2 px-4 py-3">
        <RunStatePill store={store} run={run} />
        {mayAct ? <RunActs store={store} run={run} /> : null}
        <Link className="btn" href={urls.run(store, run.id)}>
          All about R-{run.id}
        </Link>
        {hasEnded(run) ? null : <span className="text-muted">Closing this page does not stop it.</span>}
      </div>
      {run.error ? (
        <p role="alert" className="px-4 pb-2 text-bad">
          {run.error.message}
        </p>
      ) : null}
      <ol aria-label="Log of the run" className="pb-3">
        {log.map(({ line, at, level, message }) => (
          <li key={line} className="flex gap-3 px-4 py-0.5">
            <span className="shrink-0 text-muted">
              <TimeCell at={at} />
            </span>
            <span
              className={`min-w-0 break-words ${level === "error" ? "text-bad" : level === "warn" ? "text-warn" : ""}`}
            >
              {message}
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}

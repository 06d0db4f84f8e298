import { urls } from "@/app/_lib/urls";
import { Link } from "@/app/_ui/link.client";
import { hasEnded } from "@/lib/queries/list-runs";
import type { RunPage } from "@/lib/queries/run-page";
import { RunActs } from "../../../runs/[id]/run-acts";
import { RunPhases } from "../../../runs/[id]/run-phases";

/** The last step: how the rebuild gets on. It is the run's own page in short, and goes on without this tab. */
export function RunStep({ store, page }: { store: string; page: RunPage }) {
  const { run, log } = page;
  return (
    <>
      <RunPhases page={page} />
      <div className="flex flex-wrap items-center gap-2 px-4 py-3">
        <RunActs store={store} run={run} />
        <Link className="btn" href={urls.run(store, run.id)}>
          All about R-{run.id}
        </Link>
      </div>
      {hasEnded(run) ? null : (
        <p className="px-4 text-muted">
          Closing this page does not stop it. The copy that serves stays until the new one is promoted; after that, one
          press goes back as long as the old one is not retired.
        </p>
      )}
      {log[0] ? <p className="px-4 pt-1 pb-6">{log[0].message}</p> : null}
    </>
  );
}

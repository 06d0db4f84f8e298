import { urls } from "@/app/_lib/urls";
import type { RunRow } from "@/lib/queries/list-runs";
import { Link } from "./link.client";
import { problemWords, runStatus, runWord } from "./run-state";
import { StatusPill } from "./status-pill";

/** The state of a run, and beside it how many problems it met, as the way to them. */
export function RunStatePill({ store, run }: { store: string; run: RunRow }) {
  const problems = problemWords(run);
  return (
    <span className="inline-flex flex-wrap items-center gap-x-2 gap-y-0.5">
      <StatusPill status={runStatus(run)}>{runWord(run)}</StatusPill>
      {problems === null ? null : (
        <Link href={`${urls.run(store, run.id)}#problems`} className="link whitespace-nowrap text-data">
          {problems}
        </Link>
      )}
    </span>
  );
}

import { urls } from "@/app/_lib/urls";
import { formatCount, formatDuration } from "@/app/_ui/format";
import { Glyph, type Status } from "@/app/_ui/glyph";
import { Link } from "@/app/_ui/link.client";
import type { ConsumerStep } from "@/lib/queries/processed-by";

/** What every consumer of this type did with the event: how long it waited, how long it was worked on, by whom. */
export function ProcessedBy({ store, steps }: { store: string; steps: readonly ConsumerStep[] }) {
  const longest = Math.max(1, ...steps.map((step) => (step.waitingMs ?? 0) + (step.workingMs ?? 0)));
  return (
    <section aria-label="Processed by" className="panel overflow-clip">
      <div className="flex h-9 items-center justify-between border-b px-4">
        <h2 className="caps">Processed by</h2>
        <span className="flex items-center gap-3 text-faint text-label">
          <Legend className="hatch text-kind-projection">waiting</Legend>
          <Legend className="bg-kind-projection">working</Legend>
        </span>
      </div>
      {steps.length === 0 ? <p className="px-4 py-3 text-muted">No projection reads this type of event.</p> : null}
      <ul>
        {steps.map((step) => (
          <li key={step.consumer} className="grid gap-y-1 border-line/60 border-b px-4 py-1.5 last:border-b-0">
            <div className="flex items-center gap-2">
              <Glyph status={look(step).status} />
              <Link href={urls.projection(store, step.consumer)} className="link font-medium">
                {step.consumer}
              </Link>
              <span className="ml-auto text-muted text-data">{look(step).words}</span>
            </div>
            {step.state === "done" || step.state === "waiting" ? <Bar step={step} longest={longest} /> : null}
            {step.batch ? (
              <p className="text-faint text-label">
                in a batch of {formatCount(step.batch.events)} by {step.worker ?? "a worker"}, partition{" "}
                {step.partition}
              </p>
            ) : null}
            {step.letter ? (
              <p className="text-data">
                <Link href={urls.deadLetterGroup(store, step.letter.group, { sel: step.letter.id })} className="link">
                  DL-{step.letter.id}
                </Link>{" "}
                <span className="text-muted">
                  {step.letter.state}, tried {step.letter.attempts === 1 ? "once" : `${step.letter.attempts} times`}
                </span>
              </p>
            ) : null}
            {step.error ? <p className="wrap-anywhere text-bad text-data">{step.error}</p> : null}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Legend({ className, children }: { className: string; children: React.ReactNode }) {
  return (
    <span className="inline-flex items-center gap-1">
      <span aria-hidden="true" className={`h-2 w-4 rounded-[2px] ${className}`} />
      {children}
    </span>
  );
}

function Bar({ step, longest }: { step: ConsumerStep; longest: number }) {
  const share = (ms: number | null) => `${Math.max(ms === null ? 0 : 0.6, ((ms ?? 0) / longest) * 100)}%`;
  return (
    <div aria-hidden="true" className="flex h-2 overflow-clip rounded-[2px] bg-subtle">
      <div className="hatch h-full text-kind-projection" style={{ width: share(step.waitingMs) }} />
      <div className="h-full bg-kind-projection" style={{ width: share(step.workingMs) }} />
    </div>
  );
}

function look(step: ConsumerStep): { status: Status; words: string } {
  if (step.state === "inline") return { status: "ok", words: "in the append's own transaction" };
  if (step.state === "unknown") return { status: "stale", words: "unknown: nobody holds its partition" };
  if (step.state === "parked") return { status: "bad", words: "parked: it could not be applied" };
  if (step.state === "blocked") return { status: "warn", words: "waits behind a parked event of its stream" };
  if (step.state === "skipped") return { status: "idle", words: "skipped by an operator" };
  const waited = step.waitingMs === null ? "–" : formatDuration(step.waitingMs);
  if (step.state === "waiting") {
    const paused = step.consumerState === "paused";
    return { status: paused ? "idle" : "warn", words: `waiting ${waited}${paused ? ", because it is paused" : ""}` };
  }
  if (step.letter) return { status: "ok", words: `applied by a retry after ${waited}` };
  const worked = step.workingMs === null ? "" : `, worked ${formatDuration(step.workingMs)}`;
  return {
    status: "ok",
    words: step.waitingMs === null ? "done; its batch record is no longer kept" : `waited ${waited}${worked}`,
  };
}

import { formatDuration, formatRate, UNKNOWN } from "@/app/_ui/format";
import { Glyph, type Status } from "@/app/_ui/glyph";
import { RunProgress } from "@/app/_ui/run-progress";
import { runStatus } from "@/app/_ui/run-state";
import { Sparkline } from "@/app/_ui/sparkline";
import { hasEnded } from "@/lib/queries/list-runs";
import type { RunPage } from "@/lib/queries/run-page";

/** The phases as steps, and of the one at hand how far, how fast, and how long yet. */
export function RunPhases({ page }: { page: RunPage }) {
  const { run, pace } = page;
  const ended = hasEnded(run);
  return (
    <section aria-label="Progress" className="border-b px-4 py-3">
      <ol className="mb-3 flex flex-wrap gap-x-5 gap-y-1" aria-label="Phases">
        {run.phases.map((phase, index) => {
          const status = statusOf(page, index);
          return (
            <li
              key={phase}
              aria-current={phase === run.phase && !ended ? "step" : undefined}
              className={`flex items-center gap-1.5 ${phase === run.phase ? "font-medium" : "text-muted"}`}
            >
              <Glyph status={status} />
              <span className="text-faint">{index + 1}.</span> {phase}
              <span className="sr-only">{words[status]}</span>
            </li>
          );
        })}
      </ol>
      <div className="grid gap-x-8 gap-y-3 lg:grid-cols-[2fr_1fr]">
        <div>
          <RunProgress run={run} />
          {run.detail ? <p className="mt-1 break-words text-muted">{run.detail}</p> : null}
        </div>
        {ended ? null : (
          <dl className="grid grid-cols-2 gap-x-4">
            <div>
              <dt className="caps">Rate</dt>
              <dd>
                {pace.perSecond === null ? UNKNOWN : formatRate(pace.perSecond, run.unit)}
                {run.throttle === null ? "" : `, at most ${formatRate(run.throttle)}`}
                <div>
                  <Sparkline values={pace.spark} label={`${run.unit} a second over the last minutes`} />
                </div>
              </dd>
            </div>
            <div>
              <dt className="caps">Left of this phase</dt>
              <dd>{leftWords(page)}</dd>
            </div>
          </dl>
        )}
      </div>
    </section>
  );
}

const words: Readonly<Record<Status, string>> = {
  ok: "done",
  run: "at work",
  warn: "needs a look",
  bad: "failed",
  idle: "standing",
  shred: "",
  stale: "to come",
};

function statusOf({ run }: RunPage, index: number): Status {
  const at = run.phases.indexOf(run.phase ?? "");
  if (index < at) return "ok";
  if (run.state === "succeeded") return index === run.phases.length - 1 ? runStatus(run) : "ok";
  if (index > at) return "stale";
  if (run.state === "failed") return "bad";
  if (run.state === "awaiting-decision" || run.state === "cancelling") return "warn";
  return run.state === "running" ? "run" : "idle";
}

function leftWords({ run, pace: { left } }: RunPage): React.ReactNode {
  if (run.state !== "running") return UNKNOWN;
  switch (left.kind) {
    case "measuring":
      return "measuring";
    case "unknown":
      return "nobody can know";
    case "never":
      return "will not catch up: lift the throttle, or give it more workers";
    case "range": {
      const [from, to] = [formatDuration(Math.round(left.fromMs)), formatDuration(Math.round(left.toMs))];
      return from === to ? (
        from
      ) : (
        <span title="The middle half of the rates of the last 2 minutes">{`${from} to ${to}`}</span>
      );
    }
  }
}

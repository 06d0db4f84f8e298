import { formatCount } from "@/app/_ui/format";
import { Section } from "@/app/_ui/page-header";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { RunPage } from "@/lib/queries/run-page";

/** Who asked for it and why, when, who carries it out, and what came of it. */
export function RunFacts({ page }: { page: RunPage }) {
  const { run } = page;
  const facts: readonly (readonly [string, React.ReactNode])[] = [
    ["Asked for by", run.requestedBy],
    ["Reason", run.reason],
    ["Ticket", run.ticket],
    ["Asked for", <TimeCell key="created" at={run.createdAt} year />],
    ["Begun", run.startedAt && <TimeCell key="started" at={run.startedAt} year />],
    ["Ended", run.endedAt && <TimeCell key="ended" at={run.endedAt} year />],
    ["Carried out by", run.owner],
    ["Steps committed", formatCount(page.steps)],
    ["Problems", formatCount(run.problems)],
    ["Given", jsonLine(page.input)],
    ["Came to", page.result === null ? null : jsonLine(page.result)],
  ];
  return (
    <Section title="About this run" className="pb-3">
      <dl className="grid gap-x-6 gap-y-1 px-4 sm:grid-cols-2 lg:grid-cols-3">
        {facts
          .filter(([, value]) => value !== null && value !== "")
          .map(([name, value]) => (
            <div key={name} className="flex min-w-0 gap-3">
              <dt className="w-32 shrink-0 text-muted">{name}</dt>
              <dd className="min-w-0 break-words">{value}</dd>
            </div>
          ))}
      </dl>
    </Section>
  );
}

function jsonLine(value: unknown): React.ReactNode {
  const text = JSON.stringify(value);
  return text === "{}" ? null : <code className="mono">{text}</code>;
}

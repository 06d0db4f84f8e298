import Link from "next/link";
import { tidemark } from "@/app/_lib/tidemark";
import { CopyButton } from "@/app/_ui/copy-button.client";
import { formatCount, formatDuration } from "@/app/_ui/format";
import { Glyph } from "@/app/_ui/glyph";
import { JsonDiff } from "@/app/_ui/json-diff";
import { JsonView, maskedText, RawJson } from "@/app/_ui/json-view";
import { stateAt } from "@/lib/time-travel/state-at";

/** The looks at a state. */
export const stateViews = ["tree", "diff", "raw"] as const;

type View = (typeof stateViews)[number];
type Here = (change: Record<string, string | number | undefined>) => string;

/** The state of a stream at a version, by the real fold, and what the last event changed. Errors stay in this panel. */
export async function StateAtVersion({
  name,
  version,
  view,
  here,
}: {
  store: string;
  name: string;
  version: number;
  view: View;
  here: Here;
}) {
  const running = await tidemark();
  const read = (at: number) => stateAt(running, name, { version: at });
  const [now, before] = await Promise.all([
    settled(read(version)),
    view === "diff" && version > 1 ? settled(read(version - 1)) : undefined,
  ]);
  if ("error" in now) return <Fault message={now.error} version={version} />;
  const { value } = now;
  if (!value.known) {
    return (
      <Panel version={version} view={view} here={here} summary="">
        <p className="px-4 py-6 text-muted">
          The code has no decider for this category, so its state cannot be folded. Its events are all there.
        </p>
      </Panel>
    );
  }
  const text = JSON.stringify(value.state) ?? "null";
  const source =
    value.snapshotVersion === null
      ? `${formatCount(value.foldedEvents)} events folded`
      : `snapshot at ${value.snapshotVersion} + ${formatCount(value.foldedEvents)} events`;
  const earlier = before && !("error" in before) ? JSON.stringify(before.value.state) : undefined;
  return (
    <Panel
      version={version}
      view={view}
      here={here}
      summary={`${source} in ${formatDuration(value.ms)}`}
      copy={maskedText(text, [])}
    >
      {view === "raw" ? <RawJson text={maskedText(text, [])} /> : null}
      {view === "tree" ? <JsonView text={text} /> : null}
      {view === "diff" ? (
        earlier === undefined ? (
          <JsonDiff before="{}" after={text} />
        ) : (
          <JsonDiff before={earlier} after={text} />
        )
      ) : null}
    </Panel>
  );
}

function Panel({
  version,
  view,
  here,
  summary,
  copy,
  children,
}: {
  version: number;
  view: View;
  here: Here;
  summary: string;
  copy?: string;
  children: React.ReactNode;
}) {
  return (
    <section
      aria-label="State"
      className="min-w-0 lg:sticky lg:top-11 lg:max-h-[calc(100dvh-140px)] lg:overflow-y-auto"
    >
      <div className="flex min-h-9 flex-wrap items-center gap-3 border-b bg-canvas px-4 py-1 lg:sticky lg:top-0 lg:z-2">
        <h2 className="caps">State at version {formatCount(version)}</h2>
        <nav aria-label="Looks at the state" className="segments">
          {stateViews.map((known, index) => (
            <Link
              key={known}
              href={here({ view: known })}
              replace
              scroll={false}
              aria-current={known === view ? "true" : undefined}
              aria-keyshortcuts={known === "diff" ? "d 2" : String(index + 1)}
            >
              {known === "tree" ? "Tree" : known === "raw" ? "Raw" : "Diff"}
            </Link>
          ))}
        </nav>
        <span className="ml-auto flex items-center gap-2 text-faint text-label">
          {view === "diff" ? `vs version ${version - 1}` : summary}
          {copy === undefined ? null : <CopyButton text={copy} what="state" />}
        </span>
      </div>
      {children}
    </section>
  );
}

function Fault({ message, version }: { message: string; version: number }) {
  return (
    <p role="alert" className="flex items-start gap-2 px-4 py-4 text-bad">
      <span className="mt-1">
        <Glyph status="bad" />
      </span>
      <span className="wrap-anywhere min-w-0">
        The state at version {version} could not be folded: {message}
      </span>
    </p>
  );
}

async function settled<Value>(promise: Promise<Value>): Promise<{ value: Value } | { error: string }> {
  try {
    return { value: await promise };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

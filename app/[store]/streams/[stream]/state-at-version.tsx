import { tidemark } from "@/app/_lib/tidemark";
import { urls } from "@/app/_lib/urls";
import { CopyButton } from "@/app/_ui/copy-button.client";
import { formatCount, formatDuration, plural } from "@/app/_ui/format";
import { Glyph } from "@/app/_ui/glyph";
import { JsonDiff } from "@/app/_ui/json-diff";
import { JsonView, maskedText, RawJson } from "@/app/_ui/json-view";
import { Link } from "@/app/_ui/link.client";
import { stateMasks } from "@/app/_ui/mask-states";
import { Segments } from "@/app/_ui/segments";
import { categoryOf } from "@/lib/kernel/stream-name";
import { type StateAt, stateAt, toBeMasked } from "@/lib/time-travel/state-at";
import { stateDiff } from "@/lib/time-travel/state-diff";
import { BlamedState } from "./blamed-state";
import type { Here } from "./here";
import { RevealState } from "./reveal-state.client";

/** The looks at a state. */
export const stateViews = ["tree", "diff", "raw", "blame"] as const;

/** One of them. */
type StateView = (typeof stateViews)[number];

type Props = {
  readonly store: string;
  readonly name: string;
  readonly version: number;
  /** The version that the difference is told from. */
  readonly versus: number;
  readonly view: StateView;
  /** The event at this version, where it is listed. */
  readonly eventId: string | undefined;
  readonly here: Here;
  readonly mayReveal: boolean;
};

/** The state of a stream at a version, by the real fold: as it is, what changed, or who set it. Errors stay in this panel. */
export async function StateAtVersion({ store, name, version, versus, view, eventId, here, mayReveal }: Props) {
  const running = await tidemark();
  const source = toBeMasked(running);
  const masked = running.catalog.decider(categoryOf(name))?.personal ?? [];
  const read = await settled<{ before: StateAt | undefined; now: StateAt }>(
    view === "diff"
      ? stateDiff(source, name, { version: versus }, { version }).then(({ from, to }) => ({ before: from, now: to }))
      : stateAt(source, name, { version }).then((now) => ({ before: undefined, now })),
  );
  const head = { version, versus, view, here, event: eventId === undefined ? undefined : urls.event(store, eventId) };
  if ("error" in read) {
    return (
      <Panel {...head} summary="">
        <p role="alert" className="flex items-start gap-2 px-4 py-4 text-bad">
          <span className="mt-1">
            <Glyph status="bad" />
          </span>
          <span className="wrap-anywhere min-w-0">
            The state at version {version} could not be folded: {read.error}
          </span>
        </p>
      </Panel>
    );
  }
  const { now, before } = read.value;
  if (!now.known) {
    return (
      <Panel {...head} summary="">
        <p className="px-4 py-6 text-muted">
          The code has no decider for this category, so its state cannot be folded. Its events are all there.
        </p>
      </Panel>
    );
  }
  const text = textOf(now);
  const states = stateMasks(now, ...(before ? [before] : []));
  const unanswered = states.otherwise === "unasked";
  return (
    <Panel {...head} summary={`${sourceOf(now)} in ${formatDuration(now.ms)}`} copy={maskedText(text, masked, states)}>
      {view === "raw" ? <RawJson text={maskedText(text, masked, states)} /> : null}
      {view === "tree" ? <JsonView text={text} masked={masked} states={states} /> : null}
      {view === "diff" ? (
        <JsonDiff before={before ? textOf(before) : "{}"} after={text} masked={masked} states={states} />
      ) : null}
      {view === "blame" ? <BlamedState {...{ store, name, version, masked, here }} /> : null}
      <Remarks state={now} />
      {unanswered ? <Unanswered view={view} /> : null}
      {mayReveal && !unanswered && masked.length > 0 && version > 0 ? (
        <RevealState key={version} store={store} name={name} version={version} />
      ) : null}
    </Panel>
  );
}

function textOf({ state, version }: StateAt): string {
  return version === 0 ? "{}" : (JSON.stringify(state) ?? "null");
}

function sourceOf({ snapshotVersion, foldedEvents }: StateAt): string {
  if (snapshotVersion === null) return `${plural(foldedEvents, "event")} folded`;
  return `snapshot ${formatCount(snapshotVersion)} + ${plural(foldedEvents, "event")}`;
}

/** What the state does not hold although the stream does. */
function Remarks({ state }: { state: StateAt }) {
  const first = state.passedOver[0];
  return (
    <>
      {first ? (
        <p className="flex items-center gap-2 border-t px-4 py-2 text-muted">
          <Glyph status="warn" /> {plural(state.passedOverCount, "event")} passed over: this code does not know{" "}
          {first.type} v{first.schemaVersion} at version {first.version}
          {state.passedOverCount > 1 ? " and others" : ""}.
        </p>
      ) : null}
      {state.complete ? null : (
        <p className="flex items-center gap-2 border-t px-4 py-2 text-muted">
          <Glyph status="warn" /> Folded up to version {formatCount(state.version)} only: one request folds no more.
        </p>
      )}
    </>
  );
}

/** What cannot be told while the key store does not answer. */
function Unanswered({ view }: { view: StateView }) {
  return (
    <p className="flex items-center gap-2 border-t px-4 py-2 text-muted">
      <Glyph status="warn" /> The key store does not answer, so nobody can tell how personal values stand
      {view === "diff" ? ", nor whether they changed" : view === "blame" ? ", nor who set them last" : ""}. All else is
      as it is.
    </p>
  );
}

const labels: Readonly<Record<StateView, { label: string; keys: string }>> = {
  tree: { label: "Tree", keys: "1" },
  diff: { label: "Diff", keys: "d 2" },
  raw: { label: "Raw", keys: "3" },
  blame: { label: "Blame", keys: "4" },
};

function Panel({
  version,
  versus,
  view,
  here,
  event,
  summary,
  copy,
  children,
}: {
  version: number;
  versus: number;
  view: StateView;
  here: Here;
  event: string | undefined;
  summary: string;
  copy?: string;
  children: React.ReactNode;
}) {
  return (
    <section aria-label="State" className="min-w-0">
      <div className="flex min-h-9 flex-wrap items-center gap-3 border-b bg-canvas px-4 py-1 lg:sticky lg:top-0 lg:z-2">
        <h2 className="caps">State at version {formatCount(version)}</h2>
        <Segments
          label="Looks at the state"
          choices={stateViews}
          chosen={view}
          words={(known) => labels[known].label}
          keys={(known) => labels[known].keys}
          href={(known) => here({ view: known })}
          keep
        />
        {view === "diff" ? <Versus versus={versus} here={here} /> : null}
        <span className="ml-auto flex items-center gap-2 text-faint text-label">
          {event ? (
            <Link href={event} className="link" aria-keyshortcuts="e">
              Open its event
            </Link>
          ) : null}
          {summary}
          {copy === undefined ? null : <CopyButton text={copy} what="state" />}
        </span>
      </div>
      {children}
    </section>
  );
}

/** Chooses the version that the difference is told from; a plain form, for the choice is the address. */
function Versus({ versus, here }: { versus: number; here: Here }) {
  const [action, query = ""] = here({ vs: undefined }).split("?");
  return (
    <form action={action} className="flex items-center gap-2 text-muted">
      {[...new URLSearchParams(query)].map(([key, value]) => (
        <input key={key} type="hidden" name={key} value={value} />
      ))}
      <label htmlFor="vs">vs version</label>
      <input
        id="vs"
        key={versus}
        name="vs"
        inputMode="numeric"
        pattern="\d{1,15}"
        defaultValue={versus}
        autoComplete="off"
        className="field w-20"
      />
    </form>
  );
}

async function settled<Value>(promise: Promise<Value>): Promise<{ value: Value } | { error: string }> {
  try {
    return { value: await promise };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

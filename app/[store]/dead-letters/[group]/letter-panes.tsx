import { tidemark } from "@/app/_lib/tidemark";
import { urls } from "@/app/_lib/urls";
import { CopyButton } from "@/app/_ui/copy-button.client";
import { formatCount, plural } from "@/app/_ui/format";
import { JsonView } from "@/app/_ui/json-view";
import { Link } from "@/app/_ui/link.client";
import { maskStates, stateMasks } from "@/app/_ui/mask-states";
import { StatusPill } from "@/app/_ui/status-pill";
import { TimeCell } from "@/app/_ui/time-cell.client";
import { categoryOf } from "@/lib/kernel/stream-name";
import type { DeadLetterRow } from "@/lib/queries/dead-letters";
import { eventPage } from "@/lib/queries/event-page";
import type { QueryContext } from "@/lib/queries/query-context";
import { stateAt, toBeMasked } from "@/lib/time-travel/state-at";
import { letterStatus, letterWords } from "../letter-state";

/** The looks at one dead letter. */
export const panes = ["error", "event", "state"] as const;

type Props = {
  readonly store: string;
  readonly context: QueryContext;
  readonly letter: DeadLetterRow;
  readonly pane: (typeof panes)[number];
  readonly build: string;
  readonly here: (change: { pane: string }) => string;
};

/** Why one event failed, what it says, and the state it met. */
export function LetterPanes(props: Props) {
  const { letter, pane, here } = props;
  return (
    <section aria-label={`Dead letter ${letter.id}`}>
      <div className="flex min-h-9 flex-wrap items-center gap-3 border-b px-4 py-1">
        <h2 className="font-semibold">DL-{letter.id}</h2>
        <StatusPill status={letterStatus(letter)}>{letterWords(letter)}</StatusPill>
        <nav aria-label="Looks at the dead letter" className="segments ml-auto">
          {panes.map((each, index) => (
            <Link
              key={each}
              href={here({ pane: each })}
              replace
              scroll={false}
              aria-current={each === pane ? "true" : undefined}
              aria-keyshortcuts={String(index + 1)}
            >
              {each}
            </Link>
          ))}
        </nav>
      </div>
      {pane === "error" ? <ErrorPane {...props} /> : null}
      {pane === "event" ? <EventPane {...props} /> : null}
      {pane === "state" ? <StatePane {...props} /> : null}
    </section>
  );
}

function ErrorPane({ store, letter, build }: Props) {
  const { error } = letter;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-2 px-4 py-3">
      <p className="mono wrap-anywhere font-medium">
        {error.name}: {error.message}
      </p>
      <p className="text-muted text-data">
        {error.topFrame ? `at ${error.topFrame} · ` : ""}
        {error.path ? `payload path ${error.path} · ` : ""}build then <span className="mono">{letter.build}</span>, now{" "}
        <span className="mono">{build}</span>
      </p>
      <p className="text-muted text-data">
        {plural(letter.attempts, "try").replace("trys", "tries")}, first <TimeCell at={letter.firstAt} />, last{" "}
        <TimeCell at={letter.lastAt} />
        {letter.nextAttemptAt ? (
          <>
            , next <TimeCell at={letter.nextAttemptAt} />
          </>
        ) : null}
        {letter.blocks
          ? ` · ${letter.blocked.count}${letter.blocked.more ? "+" : ""} events of the stream wait behind it`
          : ""}
      </p>
      {letter.wanted ? (
        <p className="text-data">
          {letter.wantedBy} ordered: {letter.wanted}
          {letter.reason ? `, ${letter.reason}` : ""}
        </p>
      ) : null}
      {error.stack ? (
        <div className="flex items-start gap-2">
          <pre className="mono wrap-anywhere min-w-0 flex-1 whitespace-pre-wrap text-muted">{error.stack}</pre>
          <CopyButton text={error.stack} what="stack" />
        </div>
      ) : null}
      <p className="text-faint text-label">Values of the payload are taken out of messages.</p>
      <p className="flex flex-wrap gap-4">
        <Link className="link" href={urls.event(store, letter.eventId)}>
          Open the event
        </Link>
        <a
          className="link"
          href={urls.api(store, `/dead-letters/${letter.id}/fixture`)}
          download={`${letter.stream.replace(/[^\w.-]/g, "_")}.json`}
          title="Its stream up to this event, with stand-ins for personal data: a test that the corrected code must pass"
        >
          Capture as fixture
        </a>
      </p>
    </div>
  );
}

async function EventPane({ store, context, letter }: Props) {
  const page = await eventPage(context, { id: letter.eventId });
  return (
    <div>
      <p className="px-4 pt-3 text-muted text-data">
        {letter.type} v{page.event.schemaVersion} at{" "}
        <Link className="link" href={urls.event(store, letter.eventId)}>
          #{formatCount(letter.position)}
        </Link>
        , as it is stored
      </p>
      <JsonView
        text={page.event.data}
        masked={page.personal.map(({ path }) => path)}
        states={maskStates(page.sealed).stored}
      />
    </div>
  );
}

async function StatePane({ store, letter }: Props) {
  const before = letter.version - 1;
  const running = await tidemark();
  const masked = running.catalog.decider(categoryOf(letter.stream))?.personal ?? [];
  const found = await stateAt(toBeMasked(running), letter.stream, { version: before }).catch((error: unknown) =>
    error instanceof Error ? error : new Error(String(error)),
  );
  return (
    <div>
      <p className="px-4 pt-3 text-muted text-data">
        <Link className="link mono" href={urls.stream(store, letter.stream, { version: Math.max(1, before) })}>
          {letter.stream}
        </Link>{" "}
        {before === 0 ? "before its first event" : `at version ${before}, before the event`}
      </p>
      {found instanceof Error ? (
        <p className="px-4 py-3 text-bad">{found.message}</p>
      ) : found.known ? (
        <JsonView text={JSON.stringify(found.state) ?? "null"} masked={masked} states={stateMasks(found)} />
      ) : (
        <p className="px-4 py-3 text-muted">The code has no decider for this category.</p>
      )}
    </div>
  );
}

import { urls } from "@/app/_lib/urls";
import { formatCount } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { CausationNode, EventPage } from "@/lib/queries/event-page";

/** What led to the event and what it led to, as one indented list with the event itself in the middle. */
export function Causation({ store, page }: { store: string; page: EventPage }) {
  const { event, command, causes, effects, moreCauses, moreEffects } = page;
  const up = [...causes].reverse();
  const base = up.length + (command ? 1 : 0);
  return (
    <section aria-label="Causes and effects" className="panel overflow-clip">
      <div className="flex h-9 items-center justify-between border-b px-4">
        <h2 className="caps">Causes and effects</h2>
        <span className="text-faint text-label">
          {formatCount(causes.length)}
          {moreCauses ? "+" : ""} before, {formatCount(effects.length)}
          {moreEffects ? "+" : ""} after
        </span>
      </div>
      <ul className="py-1">
        {up.map((node, index) => (
          <Node
            key={node.event.id}
            store={store}
            node={node}
            depth={index}
            keys={index === up.length - 1 ? "p" : undefined}
          />
        ))}
        {command ? (
          <li className="flex h-7 items-center gap-2 px-4" style={{ paddingLeft: 16 + up.length * 16 }}>
            <Square className="bg-kind-command" />
            <Link
              href={urls.commandLog(store, { command: command.name, correlation: event.correlationId })}
              className="font-medium hover:text-brand"
              title="In the log of commands, while it is kept"
            >
              {command.name}
            </Link>
            <span className="text-faint text-label">command</span>
          </li>
        ) : null}
        <li
          aria-current="true"
          className="flex h-7 items-center gap-2 bg-selected px-4"
          style={{ paddingLeft: 16 + base * 16 }}
        >
          <Square className="bg-kind-event" />
          <span className="font-semibold">{event.type}</span>
          <span className="text-faint text-label">this event</span>
        </li>
        {effects.map((node, index) => (
          <Node
            key={node.event.id}
            store={store}
            node={node}
            depth={base + node.depth}
            keys={index === 0 ? "d" : undefined}
          />
        ))}
      </ul>
      {moreCauses || moreEffects ? (
        <p className="border-t px-4 py-1.5 text-muted text-data">The chain goes on; its trace shows all of it.</p>
      ) : null}
    </section>
  );
}

function Node({
  store,
  node,
  depth,
  keys,
}: {
  store: string;
  node: CausationNode;
  depth: number;
  keys: string | undefined;
}) {
  const { event } = node;
  return (
    <li
      data-copy={event.id}
      className="flex min-h-7 flex-wrap items-center gap-2 px-4 hover:bg-hover"
      style={{ paddingLeft: 16 + Math.min(depth, 12) * 16 }}
    >
      <Square className="bg-kind-event" />
      <Link
        href={urls.event(store, event.id)}
        className="font-medium hover:text-brand"
        aria-keyshortcuts={keys}
        data-label={keys === "p" ? "Open the cause" : keys === "d" ? "Open the first effect" : undefined}
      >
        {event.type}
      </Link>
      <Link href={urls.stream(store, event.stream)} className="link mono">
        {event.stream}
      </Link>
      <span className="ml-auto text-faint">
        <TimeCell at={event.recordedAt} />
      </span>
    </li>
  );
}

function Square({ className }: { className: string }) {
  return <span aria-hidden="true" className={`size-2 shrink-0 rounded-[2px] ${className}`} />;
}

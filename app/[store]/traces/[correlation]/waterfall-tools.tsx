import { ServerStateLink, StateLink } from "./state-link.client";
import { kindFill } from "./step";
import type { TraceState } from "./trace-state";

/** What the waterfall can be told, each with its key, and what its marks mean. */
export function WaterfallTools({ state, depths }: { state: TraceState; depths: number }) {
  const cutIdle = state.idle !== "off";
  const failedOnly = state.only === "failed";
  const openOnly = state.only === "open";
  const detail = state.detail === "on";
  return (
    <div className="flex min-h-9 flex-wrap items-center gap-2 border-b px-4 py-1">
      <StateLink
        change={{ idle: cutIdle ? "off" : undefined }}
        aria-keyshortcuts="i"
        aria-label={cutIdle ? "Show idle time in full" : "Cut idle time"}
        className="btn h-6"
      >
        Idle time: {cutIdle ? "cut" : "in full"}
      </StateLink>
      <StateLink
        change={{ only: failedOnly ? undefined : "failed" }}
        aria-keyshortcuts="E"
        aria-label={failedOnly ? "Show every row" : "Show only what failed"}
        aria-current={failedOnly ? "true" : undefined}
        className="btn h-6 aria-[current]:bg-selected"
      >
        Errors only
      </StateLink>
      <StateLink
        change={{ only: openOnly ? undefined : "open" }}
        aria-keyshortcuts="O"
        aria-label={openOnly ? "Show every row" : "Show only what is open or unknown"}
        aria-current={openOnly ? "true" : undefined}
        className="btn h-6 aria-[current]:bg-selected"
      >
        Open ends only
      </StateLink>
      <ServerStateLink
        change={{ detail: detail ? undefined : "on" }}
        aria-keyshortcuts="d"
        aria-label={detail ? "Hide the spans below the rows" : "Show the spans below every row"}
        className="btn h-6"
      >
        Spans: {detail ? "of every row" : "of the chosen row"}
      </ServerStateLink>
      <fieldset aria-label="Depth" className="flex items-center gap-0.5 max-md:hidden">
        <Fold keys="w" label="Collapse" change={{ depth: "0", open: undefined }} current={state.depth === "0"} />
        {Array.from({ length: Math.min(depths, 9) }, (_, index) => String(index + 1)).map((depth) => (
          <Fold
            key={depth}
            keys={depth}
            label={depth}
            change={{ depth, open: undefined }}
            current={state.depth === depth}
          />
        ))}
        <Fold keys="e" label="Expand" change={{ depth: "all", open: undefined }} current={state.depth === "all"} />
      </fieldset>
      <Legend />
    </div>
  );
}

function Fold({
  keys,
  label,
  change,
  current,
}: {
  keys: string;
  label: string;
  change: { depth: string; open: undefined };
  current: boolean;
}) {
  return (
    <StateLink
      change={change}
      aria-keyshortcuts={keys}
      data-label={label.length === 1 ? `Expand to depth ${label}` : `${label} all`}
      aria-label={label.length === 1 ? `Expand to depth ${label}` : `${label} all`}
      aria-current={current ? "true" : undefined}
      className="inline-grid h-6 min-w-6 place-items-center rounded-control px-1.5 text-data text-muted hover:bg-hover aria-[current]:bg-selected aria-[current]:text-ink"
    >
      {label}
    </StateLink>
  );
}

function Legend() {
  const sample = "h-2.5 w-5 rounded-[2px]";
  return (
    <p className="ml-auto flex flex-wrap items-center gap-x-4 text-faint text-label max-lg:hidden">
      {(["command", "event", "projection", "process"] as const).map((kind) => (
        <span key={kind} className="inline-flex items-center gap-1.5">
          <span aria-hidden="true" className={`${sample} ${kindFill[kind]}`} /> {kind}
        </span>
      ))}
      <span className="inline-flex items-center gap-1.5">
        <span aria-hidden="true" className={`${sample} hatch text-muted`} /> waiting
      </span>
      <span className="inline-flex items-center gap-1.5">
        <span aria-hidden="true" className={`${sample} dots text-kind-system`} /> timer
      </span>
    </p>
  );
}

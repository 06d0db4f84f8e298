import { Glyph } from "./glyph";

/** What the API tells of a trial; personal data is masked already. */
export type Tried = {
  readonly version: number;
  readonly rejection: { readonly code: string; readonly message: string } | null;
  readonly events: readonly { readonly type: string; readonly version: number; readonly data: unknown }[];
  readonly changes: readonly {
    readonly path: string;
    readonly kind: "added" | "removed" | "changed";
    readonly before?: unknown;
    readonly after?: unknown;
  }[];
};

const signs = { added: "+", removed: "−", changed: "~" } as const;
const tints = { added: "bg-diff-add", removed: "bg-diff-remove", changed: "bg-diff-change" } as const;

/** What would have come of a command: a no with its reason, or the events and what they would have changed. */
export function WhatIfAnswer({ tried }: { tried: Tried }) {
  if (tried.rejection) {
    return (
      <p className="flex flex-wrap items-center gap-2">
        <Glyph status="warn" /> The domain would say no: {tried.rejection.message}
        <span className="mono text-muted">{tried.rejection.code}</span>
      </p>
    );
  }
  return (
    <div className="flex flex-col gap-2">
      <p className="flex items-center gap-2 font-medium">
        <Glyph status="ok" />
        {tried.events.length === 0 ? "Nothing would be left to do" : "It would lead to"}
      </p>
      <ol className="flex flex-col gap-1">
        {tried.events.map((event) => (
          <li key={event.version}>
            <span className="text-faint tabular-nums">{event.version}</span>{" "}
            <span className="font-medium">{event.type}</span>{" "}
            <span className="mono wrap-anywhere text-muted">{JSON.stringify(event.data)}</span>
          </li>
        ))}
      </ol>
      <ul className="mono leading-5">
        {tried.changes.map(({ path, kind, before, after }) => (
          <li key={path} className={`flex flex-wrap gap-2 px-2 py-0.5 ${tints[kind]}`}>
            <span aria-hidden="true">{signs[kind]}</span>
            <span className="sr-only">{kind}</span>
            <span>{path || "state"}</span>
            <span className="wrap-anywhere min-w-0">
              {kind === "added" ? "" : JSON.stringify(before)} {kind === "changed" ? "→" : ""}{" "}
              {kind === "removed" ? "" : JSON.stringify(after)}
            </span>
          </li>
        ))}
      </ul>
      <p className="text-faint text-label">Nothing was stored.</p>
    </div>
  );
}

"use client";
import { Link } from "@/app/_ui/link.client";
import { LiveRefresh } from "@/app/_ui/live-refresh.client";
import type { TraceChange } from "./trace-state";
import { useTraceState } from "./use-trace-state.client";

type Attributes = Omit<React.ComponentProps<"a">, "href" | "onClick">;

/** A link to this page in another state that the rows at hand can show: a plain press does not ask the server. */
export function StateLink({ change, ...attributes }: Attributes & { change: TraceChange }) {
  const { href, go } = useTraceState();
  return (
    <a
      {...attributes}
      href={href(change)}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        go(change);
      }}
    />
  );
}

/** A link to this page in another state that the server has to draw. */
export function ServerStateLink({
  change,
  ...attributes
}: Omit<React.ComponentProps<typeof Link>, "href"> & { change: TraceChange }) {
  const { href } = useTraceState();
  return <Link {...attributes} href={href(change)} replace scroll={false} ahead={false} />;
}

/** The live control of an unsettled trace; a big one is drawn anew more seldom. */
export function TraceLive({
  store,
  after,
  correlation,
  everyMs,
}: {
  store: string;
  after: string;
  correlation: string;
  everyMs: number;
}) {
  const { state, href } = useTraceState();
  return (
    <LiveRefresh
      on={state.live !== "off"}
      store={store}
      after={after}
      about={{ correlation }}
      gauges={["lag"]}
      everyMs={everyMs}
      liveHref={href({ live: undefined })}
      pausedHref={href({ live: "off" })}
    />
  );
}

import { urls } from "@/app/_lib/urls";
import { Glyph } from "@/app/_ui/glyph";
import { Link } from "@/app/_ui/link.client";
import { PendingChange } from "@/app/_ui/pending-change.client";
import { PositionPill } from "@/app/_ui/position-pill";
import type { SendResult } from "./send-command";

/** Which read models show an event of a type; only those that are written behind the append. */
export type Readers = Readonly<Record<string, readonly string[]>>;

/** What came of a command, how far the read models are with it, and the ways on from it. */
export function CommandResult({ store, result, readers }: { store: string; result: SendResult; readers: Readers }) {
  if (result.kind !== "accepted") {
    return (
      <div role="alert" className="panel p-4">
        <p className="flex items-center gap-2 font-semibold">
          <Glyph status={result.kind === "rejected" ? "warn" : "bad"} />
          {result.kind === "rejected" ? "The domain said no" : "Not sent"}
        </p>
        <p className="mt-1">{result.message}</p>
        {result.kind === "rejected" ? <p className="mono mt-1 text-muted">{result.code}</p> : null}
      </div>
    );
  }
  const { stream, version, position, events, correlationId, replayed, consistencyToken: token } = result;
  const models = [...new Set(events.flatMap(({ type }) => readers[type] ?? []))];
  return (
    <div className="panel p-4">
      <p className="flex items-center gap-2 font-semibold">
        <Glyph status="ok" />
        {replayed ? "Had been carried out before" : events.length === 0 ? "Nothing was left to do" : "Carried out"}
      </p>
      <p className="mt-1 text-muted">
        <Link href={urls.stream(store, stream)} className="link mono">
          {stream}
        </Link>{" "}
        is at version {version}
        {position === null ? null : (
          <>
            , saved at <PositionPill position={position} href={urls.position(store, position)} />
          </>
        )}
      </p>
      <ol className="mt-3 flex flex-col gap-1">
        {events.map((event) => (
          <li key={event.id} className="flex items-baseline gap-2">
            <span className="w-10 text-right text-faint tabular-nums">{event.version}</span>
            <Link href={urls.event(store, event.id)} className="link font-medium">
              {event.type}
            </Link>
          </li>
        ))}
      </ol>
      {token === null || position === null ? null : (
        <div className="mt-3 flex flex-col gap-1">
          {models.map((model) => (
            <PendingChange key={model} store={store} model={model} token={token} position={position} />
          ))}
        </div>
      )}
      {events.length === 0 ? null : (
        <Link href={urls.trace(store, correlationId)} className="btn mt-3">
          Trace
        </Link>
      )}
    </div>
  );
}

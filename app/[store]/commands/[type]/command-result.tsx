import Link from "next/link";
import { urls } from "@/app/_lib/urls";
import { Glyph } from "@/app/_ui/glyph";
import { PositionPill } from "@/app/_ui/position-pill";
import type { SendResult } from "./send-command";

/** What came of a command, and the ways on from it. */
export function CommandResult({ store, result }: { store: string; result: SendResult }) {
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
  const { stream, version, position, events, correlationId, replayed } = result;
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
      {events.length === 0 ? null : (
        <Link href={urls.trace(store, correlationId)} className="btn mt-3">
          Trace
        </Link>
      )}
    </div>
  );
}

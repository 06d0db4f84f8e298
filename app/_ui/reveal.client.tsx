"use client";
import { urls } from "@/app/_lib/urls";
import type { RevealedEvent } from "@/lib/operations/reveal-personal-data";
import { ActSheet } from "./act-sheet.client";
import { Link } from "./link.client";
import { Revealed } from "./revealed.client";
import { useRevealed } from "./use-revealed";

const unread: Readonly<Record<string, string>> = {
  forgotten: "forgotten: its key is destroyed",
  unknown: "its key is not known to the key store, which does not mean that it is destroyed",
  unasked: "the key store did not answer",
  broken: "it is not what was sealed for this place: verify the log",
};

/**
 * Shows personal values of events to somebody who says why, which is audited. They are asked for by a request's body, stand in no
 * address, and are gone with the page. `digest`: only those of one person.
 */
export function Reveal({ store, events, digest }: { store: string; events: readonly string[]; digest?: string }) {
  const { revealed, reveal, hide } = useRevealed<readonly RevealedEvent[]>();
  if (revealed === undefined) {
    return (
      <div className="py-1">
        <ActSheet
          store={store}
          url={urls.api(store, "/events/reveal")}
          label="Reveal"
          confirm={events.length === 1 ? "Reveal personal data" : `Reveal personal data of ${events.length} events`}
          done="Personal data is shown"
          needsReason
          body={{ events, ...(digest === undefined ? {} : { digest }) }}
          take={(answer) => reveal((answer as { events: readonly RevealedEvent[] }).events)}
        >
          Shows the values on this page for five minutes, or until you leave it. Who looked at which event, and why, is
          in the audit; the values are not.
        </ActSheet>
      </div>
    );
  }
  return (
    <Revealed hide={hide}>
      {revealed.map(({ id, fields }) => (
        <div key={id} className="py-0.5">
          {events.length === 1 ? null : (
            <Link href={urls.event(store, id)} className="link mono text-data">
              {id}
            </Link>
          )}
          <dl className="mono">
            {fields.map((field) => (
              <div key={field.path} className="flex flex-wrap gap-x-3">
                <dt className="text-muted">{field.path}</dt>
                <dd className="wrap-anywhere min-w-0">
                  {field.value === null ? (
                    <span className="font-sans text-muted">{unread[field.state] ?? field.state}</span>
                  ) : (
                    JSON.stringify(field.value)
                  )}
                  {field.state === "stored" ? <span className="font-sans text-warn"> not sealed</span> : null}
                </dd>
              </div>
            ))}
            {fields.length === 0 ? <p className="font-sans text-muted">Nothing personal stands in it.</p> : null}
          </dl>
        </div>
      ))}
    </Revealed>
  );
}

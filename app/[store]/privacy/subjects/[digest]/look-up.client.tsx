"use client";
import { useState } from "react";
import { urls } from "@/app/_lib/urls";
import { Field } from "@/app/_ui/act-fields.client";
import { ActSheet } from "@/app/_ui/act-sheet.client";
import { formatCount, plural } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { Revealed } from "@/app/_ui/revealed.client";
import { useRevealed } from "@/app/_ui/use-revealed";

/** What the server found, as far as it is shown. */
type Found = {
  readonly hashes: readonly { readonly epoch: number; readonly hash: string }[];
  readonly events: readonly {
    readonly id: string;
    readonly type: string;
    readonly stream: string;
    readonly position: string;
    readonly paths: readonly string[];
  }[];
  readonly lookedTo: string;
  readonly next: string | null;
};

/**
 * Tells in which of a person's events a value stands, and its hashes, as read models may have them. The value is sent in a
 * request's body and stands nowhere afterwards; what was found is gone with the page, because it says what the value is.
 */
export function LookUp({ store, digest }: { store: string; digest: string }) {
  const [typed, setTyped] = useState("");
  const { revealed: found, reveal, hide } = useRevealed<Found & { readonly value: string }>();
  const act = (label: string, value: string, before?: string) => (
    <ActSheet
      store={store}
      url={urls.api(store, "/subjects/lookup")}
      label={label}
      confirm="Look for this value"
      done="The value was looked for"
      needsReason
      body={{ digest, value, ...(before === undefined ? {} : { before }) }}
      fields={
        before === undefined ? (
          <Field
            label="Value"
            note="Letter by letter as it stands in events. It is stored nowhere."
            autoComplete="off"
            required
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        ) : null
      }
      ready={value !== ""}
      take={(answer) => {
        reveal({ ...(answer as Found), value });
        setTyped("");
      }}
    >
      Opens events of this person, the newest first, and compares. Who looked, and why, is in the audit; the value is
      not.
    </ActSheet>
  );
  if (found === undefined) return <div className="px-4">{act("Look a value up", typed)}</div>;
  return (
    <div className="px-4">
      <Revealed hide={hide}>
        <p className="text-data">
          {found.events.length === 0
            ? "It stands in none of their events"
            : `It stands in ${plural(found.events.length, "event")}`}
          {found.next === null ? "." : `, as far back as #${formatCount(found.lookedTo)}.`}
        </p>
        <ul className="text-data">
          {found.events.map(({ id, type, stream, position, paths }) => (
            <li key={id} className="wrap-anywhere">
              <Link href={urls.event(store, id)} className="link">
                {type}
              </Link>{" "}
              <span className="mono">
                #{formatCount(position)} {stream}
              </span>{" "}
              <span className="text-muted">{paths.join(", ")}</span>
            </li>
          ))}
        </ul>
        {found.hashes.map(({ epoch, hash }) => (
          <p key={epoch} className="wrap-anywhere text-data text-muted">
            Its hash under epoch {epoch}: <span className="mono text-ink">{hash}</span>
          </p>
        ))}
        {found.next === null ? null : act("Look further back", found.value, found.next)}
      </Revealed>
    </div>
  );
}

import { urls } from "@/app/_lib/urls";
import { ActSheet } from "@/app/_ui/act-sheet.client";
import { Facts } from "@/app/_ui/facts";
import { formatCount } from "@/app/_ui/format";
import { IdChip } from "@/app/_ui/id-chip";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { Integrity } from "@/lib/queries/integrity";

/** The log's name, the keys that sign and signed it, and those that workers offer in the place of a lost one. */
export function SigningKeys({
  store,
  found: { origin, keys, offers },
  mayBegin,
}: {
  store: string;
  found: Integrity;
  mayBegin: boolean;
}) {
  const [key, ...earlier] = keys;
  if (key === undefined) return null;
  return (
    <section aria-label="Keys" className="border-b py-2">
      <Facts
        columns={false}
        facts={[
          ["log", <IdChip key="log" id={origin ?? ""} what="name of the log" whole />],
          ["public key", <IdChip key="key" id={key.verifier} what="public key" whole />],
          [
            "signs since",
            <span key="since" className="inline-flex flex-wrap gap-x-2">
              <TimeCell at={key.since} year />
              {key.fromSize === 0 ? null : <span className="text-muted">after {formatCount(key.fromSize)} leaves</span>}
            </span>,
          ],
          ...earlier.map(({ verifier, fromSize }, index): [string, React.ReactNode] => [
            index === 0 ? "earlier key" : `earlier key ${index + 1}`,
            <span key={verifier} className="flex min-w-0 flex-wrap items-center gap-x-2">
              <IdChip id={verifier} what="earlier public key" whole />
              <span className="text-muted">
                signed leaves {formatCount(fromSize)} to {formatCount(keys[index]?.fromSize ?? 0)}
              </span>
            </span>,
          ]),
          ...offers.map(({ verifier, worker, seenAt }, index): [string, React.ReactNode] => [
            index === 0 ? "another key" : `another key ${index + 1}`,
            <span key={verifier} className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
              <IdChip id={verifier} what="offered public key" whole />
              <span className="text-muted">
                of worker {worker}, seen <TimeCell at={seenAt} />
              </span>
              {mayBegin ? <BeginKey store={store} verifier={verifier} /> : null}
            </span>,
          ]),
        ]}
      />
    </section>
  );
}

function BeginKey({ store, verifier }: { store: string; verifier: string }) {
  return (
    <ActSheet
      store={store}
      url={urls.api(store, "/integrity/keys")}
      label="Begin this key"
      confirm="Begin a new signing key"
      done="The key has begun"
      act="begin-signing-key"
      named={verifier.split("+")[1] ?? verifier}
      body={{ key: verifier }}
      needsReason
      danger
    >
      From now on only <span className="mono wrap-anywhere">{verifier}</span> signs; the key of before never does again.
      Its notes stay verifiable with it. Tell whoever verifies with the key of before, and why. Nobody can take this
      back.
    </ActSheet>
  );
}

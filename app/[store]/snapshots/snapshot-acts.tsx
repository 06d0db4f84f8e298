import { urls } from "@/app/_lib/urls";
import { ActSheet } from "@/app/_ui/act-sheet.client";
import { Link } from "@/app/_ui/link.client";

/** What can be done with the snapshots of the chosen stream. */
export function SnapshotActs({
  store,
  stream,
  mayAct,
  closeHref,
}: {
  store: string;
  stream: string;
  mayAct: boolean;
  closeHref: string;
}) {
  const url = (act: string) => urls.api(store, `/streams/${encodeURIComponent(stream)}/snapshots/${act}`);
  return (
    <section
      aria-label={`Snapshots of ${stream}`}
      className="flex flex-wrap items-center gap-2 border-b bg-selected px-4 py-2"
    >
      <Link href={urls.stream(store, stream)} className="link mono font-medium">
        {stream}
      </Link>
      {mayAct ? (
        <>
          <ActSheet
            store={store}
            url={url("verify")}
            label="Verify"
            confirm={`Verify the snapshots of ${stream}`}
            done="Verified"
          >
            Folds the stream from its first event and compares at each snapshot. Wrong ones are taken away and listed.
          </ActSheet>
          <ActSheet store={store} url={url("take")} label="Take" confirm={`Take a snapshot of ${stream}`} done="Taken">
            Puts the state at the last version aside, and wherever the policy wants one.
          </ActSheet>
          <ActSheet
            store={store}
            url={url("drop")}
            act="drop-snapshots"
            label="Drop"
            confirm={`Drop the snapshots of ${stream}`}
            done="Dropped"
            danger
          >
            Drops all of them. No event is touched; states are folded from the first event until new ones are taken.
          </ActSheet>
        </>
      ) : (
        <span className="text-muted">Acting on snapshots needs the role operator.</span>
      )}
      <Link href={closeHref} className="link ml-auto" scroll={false}>
        Close
      </Link>
    </section>
  );
}

import { tidemark } from "@/app/_lib/tidemark";
import { urls } from "@/app/_lib/urls";
import { formatCount, formatDuration, plural } from "@/app/_ui/format";
import { Glyph } from "@/app/_ui/glyph";
import { Link } from "@/app/_ui/link.client";
import { TimeCell } from "@/app/_ui/time-cell.client";
import { TidemarkError } from "@/lib/kernel/errors";
import { bisect } from "@/lib/time-travel/bisect";
import type { Here } from "./here";

/** The first version at which a condition holds: a box, and below it what was found. The condition is in the address. */
export async function Bisection({
  store,
  name,
  where,
  after,
  here,
}: {
  store: string;
  name: string;
  where: string | undefined;
  after: number | undefined;
  here: Here;
}) {
  const [action, query = ""] = here({ where: undefined, after: undefined }).split("?");
  return (
    <section aria-label="Bisect" className="flex flex-wrap items-center gap-x-3 gap-y-1 border-t px-4 py-1.5">
      <form action={action} className="flex min-w-0 flex-1 items-center gap-2">
        {[...new URLSearchParams(query)].map(([key, value]) => (
          <input key={key} type="hidden" name={key} value={value} />
        ))}
        <label htmlFor="where" className="caps">
          Bisect
        </label>
        <input
          id="where"
          key={where}
          name="where"
          defaultValue={where}
          maxLength={1_000}
          aria-keyshortcuts="b"
          placeholder={'status == "paid" · lines.length > 2 · changed(totalCents)'}
          autoComplete="off"
          spellCheck={false}
          className="field mono max-w-xl flex-1"
        />
        <button type="submit" className="btn">
          Find the version
        </button>
      </form>
      {where === undefined ? null : <Found store={store} name={name} where={where} after={after} here={here} />}
    </section>
  );
}

async function Found({
  store,
  name,
  where,
  after,
  here,
}: {
  store: string;
  name: string;
  where: string;
  after: number | undefined;
  here: Here;
}) {
  const result = await bisect(await tidemark(), name, { where, after }).catch((error: unknown) => {
    if (error instanceof TidemarkError) return error.message;
    throw error;
  });
  if (typeof result === "string") {
    return (
      <p role="alert" className="text-bad">
        {result}
      </p>
    );
  }
  const { found, version, foldedEvents, ms } = result;
  const effort = `${plural(foldedEvents, "event")} folded in ${formatDuration(ms)}`;
  return (
    <p role="status" className="flex flex-wrap items-center gap-x-3">
      {found ? (
        <>
          <Glyph status="ok" />
          <Link href={here({ version: found.version, view: "diff", vs: undefined })} className="link font-medium">
            version {formatCount(found.version)}
          </Link>
          <Link href={urls.event(store, found.eventId)} className="link">
            {found.type}
          </Link>
          {found.actor ? <span className="text-muted">{found.actor}</span> : null}
          <span className="text-muted">
            <TimeCell at={found.recordedAt} year />
          </span>
          <Link href={here({ after: found.version })} className="link" scroll={false}>
            next
          </Link>
        </>
      ) : (
        <span className="text-muted">
          holds at no version{after ? ` above ${formatCount(after)}` : ""} up to {formatCount(version)}
        </span>
      )}
      <span className="text-faint text-label">{effort}</span>
    </p>
  );
}

import { tidemark } from "@/app/_lib/tidemark";
import { urls } from "@/app/_lib/urls";
import { formatCount, plural } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { isMasked } from "@/app/_ui/masked-paths";
import { MaskedValue } from "@/app/_ui/masked-value";
import { num, PlainTable } from "@/app/_ui/plain-table";
import { TimeCell } from "@/app/_ui/time-cell.client";
import { blame } from "@/lib/time-travel/blame";
import { toBeMasked } from "@/lib/time-travel/state-at";
import type { Here } from "./here";

/** Values that are drawn at once; the others are in the API's answer. */
const SHOWN = 500;

/** Each value of a state with the event that last set it. */
export async function BlamedState({
  store,
  name,
  version,
  masked,
  here,
}: {
  store: string;
  name: string;
  version: number;
  masked: readonly string[];
  here: Here;
}) {
  const { values, foldedEvents, keysAnswered } = await blame(toBeMasked(await tidemark()), name, version);
  const shown = values.slice(0, SHOWN);
  return (
    <div>
      <PlainTable label="Which event set each value" heads={["Value", num("Version"), "Set by", "When"]}>
        {shown.map(({ path, value, setBy }) => (
          <tr key={path} data-copy={path}>
            <td className="mono bare break wrap-anywhere whitespace-normal! md:min-w-40 md:py-1">
              <span className="text-muted">{path || "state"}: </span>
              {isMasked(path, masked) ? (
                <MaskedValue state={keysAnswered ? "masked" : "unasked"} />
              ) : (
                JSON.stringify(value)
              )}
            </td>
            <td className="num">
              {setBy ? (
                <Link href={here({ version: setBy.version, view: "diff" })} className="link mono" scroll={false}>
                  {setBy.version}
                </Link>
              ) : (
                "–"
              )}
            </td>
            <td className="whitespace-normal! md:py-1">
              {setBy ? (
                <Link href={urls.event(store, setBy.eventId)} data-row className="hover:text-brand">
                  {setBy.type}
                </Link>
              ) : (
                <span className="text-muted">initial state</span>
              )}
              {setBy?.actor ? <span className="text-faint"> {setBy.actor}</span> : null}
            </td>
            <td className="text-muted">{setBy ? <TimeCell at={setBy.recordedAt} /> : null}</td>
          </tr>
        ))}
      </PlainTable>
      <p className="px-4 py-2 text-faint text-label">
        {plural(foldedEvents, "event")} folded
        {values.length > shown.length ? ` · the first ${SHOWN} values of ${formatCount(values.length)}` : ""}
      </p>
    </div>
  );
}

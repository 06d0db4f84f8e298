import { urls } from "@/app/_lib/urls";
import { formatCount, shortId, UNKNOWN } from "@/app/_ui/format";
import { IdChip } from "@/app/_ui/id-chip";
import { Link } from "@/app/_ui/link.client";
import { num, PlainTable } from "@/app/_ui/plain-table";
import type { ShredRequest } from "@/lib/shred/shred-request";
import { Due, RequestState } from "./request-state";

/** Requests to forget a person; whom they are about is told by digest only. */
export function RequestTable({
  store,
  requests,
  now,
  person = true,
}: {
  store: string;
  requests: readonly ShredRequest[];
  now: number;
  /** Whether the person is a column. */
  person?: boolean;
}) {
  return (
    <PlainTable
      label="Requests"
      heads={["Request", "State", "Due", ...(person ? ["Person"] : []), num("Events"), "Asked by", "Why"]}
      whole={false}
    >
      {requests.map((request) => (
        <tr key={request.id} data-copy={request.id}>
          <td className="first">
            <Link href={urls.shred(store, request.id)} data-row className="mono font-medium hover:text-brand">
              {shortId(request.id)}
            </Link>
          </td>
          <td className="second">
            <RequestState request={request} />
          </td>
          <td>
            <Due request={request} now={now} />
          </td>
          {person ? (
            <td>
              <IdChip id={request.subject} what="digest" href={urls.subject(store, request.subject)} />
            </td>
          ) : null}
          <td className="num">{request.preview === null ? UNKNOWN : formatCount(request.preview.events)}</td>
          <td className="text-muted">{request.requestedBy}</td>
          <td className="clip break w-[30%] text-muted" title={request.reason}>
            {[request.ticket, request.reason].filter(Boolean).join(" · ")}
          </td>
        </tr>
      ))}
    </PlainTable>
  );
}

import { urls } from "@/app/_lib/urls";
import { formatTime } from "@/app/_ui/format";
import type { Status } from "@/app/_ui/glyph";
import { Link } from "@/app/_ui/link.client";
import { Section } from "@/app/_ui/page-header";
import { num, PlainTable } from "@/app/_ui/plain-table";
import { StatusPill } from "@/app/_ui/status-pill";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { AlertPage, DeliveryRow } from "@/lib/queries/alert-page";
import { AlertState, alertValue } from "../alert-state";
import { SendAgain } from "./send-again.client";

/** The steps that an alert has taken, by the database's clock. */
export function Transitions({ page }: { page: AlertPage }) {
  return (
    <Section title="Steps" className="border-t">
      <PlainTable label="Steps" heads={["At", "State", num("Value"), "By", "Why"]}>
        {page.transitions.map((step) => (
          <tr key={step.seq}>
            <td className="first">
              <TimeCell at={step.at} />
            </td>
            <td className="second">
              <AlertState alert={{ state: step.to, severity: step.severity }} />
            </td>
            <td className="num">{alertValue(step.value, page.alert.unit)}</td>
            <td className="text-muted">{step.by}</td>
            <td className="clip break text-muted" title={step.reason ?? undefined}>
              {step.reason ?? ""}
            </td>
          </tr>
        ))}
      </PlainTable>
    </Section>
  );
}

/** How a delivery stands, as its sign. */
export const deliveryStatus: Readonly<Record<DeliveryRow["state"], Status>> = {
  ...{ waiting: "stale", sending: "run", sent: "ok", failed: "bad", unknown: "warn" },
};

/** Who was told of which step, and whether it arrived. */
export function Deliveries({ store, page, mayAct }: { store: string; page: AlertPage; mayAct: boolean }) {
  return (
    <Section
      title="Notices"
      className="border-t"
      aside={
        <Link className="link text-data" href={urls.settings(store, "notifications")}>
          Channels
        </Link>
      }
    >
      {page.deliveries.length === 0 ? (
        <p className="px-4 pb-3 text-muted">No channel was told of this alert.</p>
      ) : (
        <PlainTable
          label="Notices"
          heads={[
            ...["Written", "Channel", "State", num("Attempts"), "What happened"],
            { name: "Send again", hidden: true },
          ]}
        >
          {page.deliveries.map((delivery) => (
            <tr key={delivery.id} data-copy={delivery.messageId}>
              <td className="wide">
                <TimeCell at={delivery.createdAt} />
              </td>
              <td className="first">
                {delivery.channel} <span className="text-muted">({delivery.kind})</span>
              </td>
              <td className="second">
                <StatusPill status={deliveryStatus[delivery.state]}>{delivery.state}</StatusPill>
              </td>
              <td className="num">{delivery.attempts}</td>
              <td className="break whitespace-normal text-muted">{happened(delivery)}</td>
              <td>
                {mayAct && delivery.endedAt !== null ? (
                  <SendAgain
                    store={store}
                    url={urls.api(store, `/alerts/${page.alert.id}/notices/${delivery.id}/send`)}
                    channel={delivery.channel}
                  />
                ) : null}
              </td>
            </tr>
          ))}
        </PlainTable>
      )}
    </Section>
  );
}

function happened({ state, error, nextAttemptAt, attempts, kind }: DeliveryRow): string {
  if (state === "unknown")
    return `${error?.replace(/\.$/, "") ?? "it broke off"}; it may have arrived and is not sent again by itself`;
  if (state === "waiting" && attempts > 0)
    return `${error?.replace(/\.$/, "") ?? "put off"}; tried again at ${formatTime(nextAttemptAt)} UTC`;
  return error ?? (state === "sent" && kind === "webhook" ? "taken by the receiver" : "");
}

/** Alerts of the same cause before this one. */
export function Earlier({ store, page }: { store: string; page: AlertPage }) {
  if (page.earlier.length === 0) return null;
  return (
    <Section title="Earlier alerts of this cause" className="border-t">
      <ul className="px-4 pb-3">
        {page.earlier.map(({ id, title, startedAt }) => (
          <li key={id} className="flex gap-3">
            <TimeCell at={startedAt} />
            <Link className="link" href={urls.alert(store, id)}>
              {title}
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}

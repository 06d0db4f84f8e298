import { urls } from "@/app/_lib/urls";
import { ActSheet } from "@/app/_ui/act-sheet.client";
import { Link } from "@/app/_ui/link.client";
import { Section } from "@/app/_ui/page-header";
import { PlainTable } from "@/app/_ui/plain-table";
import { PositionPill } from "@/app/_ui/position-pill";
import { StatusPill } from "@/app/_ui/status-pill";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { InputRow, InstancePage, SentCommand } from "@/lib/queries/process-instance";
import { untilWords } from "../instance-table";

/** The timers of an instance with their deadlines; those that wait can be fired. */
export function Timers({
  store,
  name,
  page,
  operator,
}: {
  store: string;
  name: string;
  page: InstancePage;
  operator: boolean;
}) {
  const now = Date.parse(page.now);
  const path = `/processes/${encodeURIComponent(name)}/${encodeURIComponent(page.instance.instance)}/fire`;
  if (page.timers.length === 0) return null;
  return (
    <Section title="Timers">
      <PlainTable label="Timers" heads={["Timer", "State", "Deadline", "Set", { name: "Act", hidden: true }]}>
        {page.timers.map((timer) => (
          <tr key={`${timer.name} ${timer.setAt}`}>
            <td className="first bare font-medium">{timer.name}</td>
            <td className="second">
              {timer.overdue ? (
                <StatusPill status="warn" title={timer.error ?? undefined}>
                  overdue
                </StatusPill>
              ) : (
                <StatusPill status={timer.state === "waiting" ? "run" : timer.state === "fired" ? "ok" : "idle"}>
                  {timer.state}
                </StatusPill>
              )}
            </td>
            <td>
              <TimeCell at={timer.dueAt} />{" "}
              {timer.state === "waiting" ? <span className="text-muted">{untilWords(timer.dueAt, now)}</span> : null}
            </td>
            <td className="text-muted">
              <TimeCell at={timer.setAt} />
            </td>
            <td>
              {operator && timer.state === "waiting" ? (
                <ActSheet
                  store={store}
                  url={urls.api(store, path)}
                  act="fire-process-timer"
                  named={page.instance.instance}
                  label="Fire"
                  confirm={`Fire ${timer.name}`}
                  done="Fired"
                  needsReason
                  body={{ timer: timer.name }}
                >
                  The process is told now that the time is up, and does what it does then.
                </ActSheet>
              ) : null}
            </td>
          </tr>
        ))}
      </PlainTable>
    </Section>
  );
}

const commandStatus = { waiting: "run", accepted: "ok", rejected: "warn", cancelled: "idle" } as const;

/** What an instance has asked for, in order, with what became of it. */
export function Commands({ store, rows }: { store: string; rows: readonly SentCommand[] }) {
  return (
    <Section title={`Commands ${rows.length}`} className="border-t">
      {rows.length === 0 ? (
        <p className="px-4 pb-2 text-muted">It has asked for nothing yet.</p>
      ) : (
        <PlainTable label="Commands" heads={["Command", "To", "State", "Answered", "Event, or why not"]}>
          {rows.map((row) => (
            <tr key={row.id} data-copy={row.id}>
              <td className="first bare font-medium">{row.command}</td>
              <td>
                <Link className="link mono" href={urls.stream(store, row.stream)}>
                  {row.stream}
                </Link>
              </td>
              <td className="second">
                <StatusPill status={row.attempts > 0 && row.state === "waiting" ? "bad" : commandStatus[row.state]}>
                  {row.attempts > 0 && row.state === "waiting" ? `failing, ${row.attempts}` : row.state}
                </StatusPill>
              </td>
              <td className="wide text-muted">{row.answeredAt ? <TimeCell at={row.answeredAt} /> : "–"}</td>
              <td className="text-muted">
                {row.position ? (
                  <PositionPill position={row.position} href={urls.position(store, row.position)} />
                ) : (
                  (row.rejection ?? row.error ?? (row.state === "accepted" ? "nothing was left to do" : ""))
                )}
              </td>
            </tr>
          ))}
        </PlainTable>
      )}
    </Section>
  );
}

/** What an instance has seen, in the order in which it saw it. */
export function Inputs({ store, rows }: { store: string; rows: readonly InputRow[] }) {
  return (
    <Section title={`Inputs ${rows.length}`} className="border-t">
      <PlainTable label="Inputs" heads={["Seen", "Kind", "What", "Where"]}>
        {rows.map((row) => (
          <tr key={row.id} data-copy={row.id}>
            <td className="text-muted">
              <TimeCell at={row.at} />
            </td>
            <td className="text-muted">{row.kind}</td>
            <td className="first bare font-medium">
              {row.position ? (
                <Link className="hover:text-brand" href={urls.position(store, row.position)}>
                  {row.name}
                </Link>
              ) : (
                row.name
              )}
              {row.note ? <span className="font-normal text-muted"> {row.note}</span> : null}
            </td>
            <td>
              {row.stream ? (
                <Link className="link mono" href={urls.stream(store, row.stream)}>
                  {row.stream}
                </Link>
              ) : (
                "–"
              )}
            </td>
          </tr>
        ))}
      </PlainTable>
    </Section>
  );
}

import { urls } from "@/app/_lib/urls";
import { ActButton } from "@/app/_ui/act-button.client";
import { ActSheet } from "@/app/_ui/act-sheet.client";
import { formatCount, formatRate, plural } from "@/app/_ui/format";
import { StatusPill } from "@/app/_ui/status-pill";
import type { TrafficStatus } from "@/lib/queries/traffic-status";

/** The demo traffic: what it does now, and one press to stop or start it. */
export function TrafficPanel({ store, traffic, mayAct }: { store: string; traffic: TrafficStatus; mayAct: boolean }) {
  const running = traffic.state === "running";
  const status = running ? (traffic.driven ? "run" : "stale") : "idle";
  const word = running ? (traffic.driven ? "running" : "nobody drives it") : "stopped";
  return (
    <section
      aria-label="Demo traffic"
      className="flex min-h-10 flex-wrap items-center gap-x-4 gap-y-1 border-b px-4 py-1"
    >
      <h2 className="caps">Demo traffic</h2>
      <StatusPill status={status}>{word}</StatusPill>
      <span className="text-muted">
        {running ? `${formatRate(traffic.ratePerSecond, "commands")} asked for · ` : ""}
        {plural(traffic.commands, "command")}, {formatCount(traffic.rejections)} rejected,{" "}
        {plural(traffic.conflicts, "conflict")}
      </span>
      {mayAct ? (
        <span className="ml-auto flex flex-wrap items-center gap-2">
          <ActSheet
            store={store}
            url={urls.api(store, "/traffic/poison")}
            label="Send poison"
            confirm="Send 3 poison events"
            done="3 poison events sent"
          >
            Puts a bug into order-summary and sends it three orders that it cannot take. They are tried again, then
            parked; all other orders go on.
          </ActSheet>
          <ActSheet
            store={store}
            url={urls.api(store, "/traffic/cure")}
            label="Correct the bug"
            confirm="Correct the bug"
            done="The bug is corrected"
          >
            As a deploy of fixed code would: what is parked then passes a dry run, and a retry.
          </ActSheet>
          {running ? (
            <ActButton
              key="stop"
              url={urls.api(store, "/traffic/stop")}
              label="Stop traffic"
              means="The demo's shop and bank send nothing more, until they are started again."
              done="Demo traffic stopped"
              icon="pause"
            />
          ) : (
            <ActButton
              key="start"
              url={urls.api(store, "/traffic/start")}
              label="Start traffic"
              means="The demo's shop and bank trade again, until they are stopped."
              done="Demo traffic started"
              icon="play"
            />
          )}
        </span>
      ) : null}
    </section>
  );
}

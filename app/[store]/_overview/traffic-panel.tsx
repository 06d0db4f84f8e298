import { urls } from "@/app/_lib/urls";
import { ActButton } from "@/app/_ui/act-button.client";
import { formatCount, formatRate } from "@/app/_ui/format";
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
        {running ? `${formatRate(traffic.ratePerSecond)} asked for · ` : ""}
        {formatCount(traffic.commands)} commands, {formatCount(traffic.rejections)} rejected,{" "}
        {formatCount(traffic.conflicts)} conflicts
      </span>
      {mayAct ? (
        <span className="ml-auto">
          {running ? (
            <ActButton
              key="stop"
              url={urls.api(store, "/traffic/stop")}
              label="Stop traffic"
              done="Demo traffic stopped"
              icon="pause"
            />
          ) : (
            <ActButton
              key="start"
              url={urls.api(store, "/traffic/start")}
              label="Start traffic"
              done="Demo traffic started"
              icon="play"
            />
          )}
        </span>
      ) : null}
    </section>
  );
}

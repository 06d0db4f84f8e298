import type { Command } from "commander";
import { count, duration, lagText, type WireLag } from "@/bin/cli/format";
import { printable } from "@/bin/cli/printable";
import type { OpenSession } from "@/bin/cli/session";

type Health = {
  readonly head: string;
  readonly highWater: { readonly position: string; readonly alive: boolean; readonly checkedAt: string | null };
  readonly worstLag: { readonly consumer: string; readonly ageMs: number; readonly events: number } | "unknown" | null;
  readonly workers: readonly { readonly id: string; readonly pid: number; readonly alive: boolean }[];
  readonly serverVersion: string;
};

/** `tidemark status`: does it run, how far is the log, does anything lag. */
export function addStatus(program: Command, open: OpenSession): void {
  program
    .command("status")
    .description("whether Tidemark runs, how far the log is, and the worst lag")
    .action(async () => {
      const { api, out } = open();
      const started = performance.now();
      const answer = await api.ask({ path: "/api/v1/health" });
      const ms = performance.now() - started;
      if (out.asJson) return out.raw(answer.text);
      const { stores } = answer.json() as { stores?: readonly Health[] };
      out.line(`Tidemark at ${printable(api.target.url)} answers in ${duration(ms)}.`);
      const [store] = stores ?? [];
      if (!store) return out.line("Set TIDEMARK_TOKEN to learn more than that.");
      const { highWater } = store;
      const held = highWater.alive ? "" : ", and no agent moves it: is a worker running?";
      const alive = store.workers.filter((worker) => worker.alive);
      out.line(
        `Log        ${count(store.head)} is the last position; readable up to ${count(highWater.position)}${held}`,
      );
      out.line(`Worst lag  ${worstLag(store.worstLag)}`);
      out.line(`Workers    ${alive.length === 0 ? "none is alive" : `${alive.length} alive`}`);
      out.line(`Database   PostgreSQL ${printable(store.serverVersion)}`);
    });
}

function worstLag(worst: Health["worstLag"]): string {
  if (worst === null) return "no projection is registered";
  const text = lagText(worst satisfies WireLag);
  return worst === "unknown" ? "unknown: see `tidemark projections`" : `${text} (${printable(worst.consumer)})`;
}

import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { clock, count, duration, lagText, type WireLag } from "@/bin/cli/format";
import { printable } from "@/bin/cli/printable";
import type { OpenSession, Session } from "@/bin/cli/session";

type Health = {
  readonly head: string;
  readonly highWater: { readonly position: string; readonly alive: boolean; readonly checkedAt: string | null };
  readonly worstLag: { readonly consumer: string; readonly ageMs: number; readonly events: number } | "unknown" | null;
  readonly workers: readonly { readonly id: string; readonly pid: number; readonly alive: boolean }[];
  readonly serverVersion: string;
};

type Then = {
  readonly at: string;
  readonly head: string | null;
  readonly attention: readonly { readonly severity: string; readonly title: string; readonly detail: string }[];
  readonly consumers: readonly {
    readonly name: string;
    readonly lag: { known: true; ageMs: number; events: number; of: string } | { known: false; why: string };
  }[];
  readonly notKept: readonly string[];
};

/** `tidemark status`: does it run, how far is the log, does anything lag; with `--at` what hurt at a past moment. */
export function addStatus(program: Command, open: OpenSession): void {
  program
    .command("status")
    .description("whether Tidemark runs, how far the log is, and the worst lag")
    .option("--at <time>", "as it was at a past moment, an ISO 8601 time; what is not known of it is said")
    .action(async ({ at }: { readonly at?: string }) => {
      if (at !== undefined) return showThen(open(), at);
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

async function showThen({ api, out }: Session, at: string): Promise<void> {
  const answer = await api.ask({ path: storePath("overview"), query: { at } });
  if (out.asJson) return out.raw(answer.text);
  const then = answer.json() as Then;
  out.line(out.colours.bold(`Frozen at ${clock(then.at)} UTC`));
  out.line(`Log        ${then.head === null ? "was empty" : `${count(then.head)} was the last position`}`);
  if (then.attention.length === 0) out.line("Nothing that is kept tells of pain.");
  for (const { severity, title, detail } of then.attention) {
    out.line(`${severity.padEnd(10)} ${printable(title)}: ${printable(detail)}`);
  }
  out.table(
    ["CONSUMER", "OLDEST", "BEHIND", "OF"],
    then.consumers.map(({ name, lag }) =>
      lag.known
        ? [printable(name), duration(lag.ageMs), count(String(lag.events)), lag.of]
        : [printable(name), "unknown", "unknown", lag.why],
    ),
    [1, 2],
  );
  for (const line of then.notKept) out.note(`Not known: ${line}`);
}

function worstLag(worst: Health["worstLag"]): string {
  if (worst === null) return "no projection is registered";
  const text = lagText(worst satisfies WireLag);
  return worst === "unknown" ? "unknown: see `tidemark projections`" : `${text} (${printable(worst.consumer)})`;
}

import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { usage } from "@/bin/cli/cli-error";
import { clock, duration } from "@/bin/cli/format";
import { printable } from "@/bin/cli/printable";
import type { OpenSession, Session } from "@/bin/cli/session";

type Slo = {
  readonly consumer: string;
  readonly objectiveMs: number;
  readonly target: number;
  readonly burn: Readonly<Record<string, number | null>>;
  readonly budget: { readonly leftMs: number; readonly attained: number | null; readonly known: number | null };
};

/** One promise with its history. */
type SloInDetail = Slo & {
  readonly range: string;
  readonly widthSeconds: number;
  readonly time: readonly { at: string; badMs: number; unknownMs: number }[];
  readonly changes: readonly {
    at: string;
    by: string | null;
    reason: string | null;
    after: { objectiveMs: number | null; target: number | null };
  }[];
  readonly alerts: readonly { id: string; state: string; title: string; startedAt: string }[];
};

type Options = {
  readonly range: string;
  readonly objective?: string;
  readonly target?: string;
  readonly reason?: string;
  readonly ticket?: string;
};

/** `tidemark slos`: what was promised and how it is kept; or set a promise. */
export function addSlos(program: Command, open: OpenSession): void {
  program
    .command("slos")
    .description(
      "objectives, error budgets of 30 days and how fast they burn; one in detail; or set that of a consumer",
    )
    .argument("[consumer]", "a projection or process")
    .option(
      "--objective <time>",
      "how old its oldest event without effect may be, as `500ms`, `5s`, `2m`; `declared`: as in code",
    )
    .option("--target <percent>", "the share of the time, as `99.9`; `declared`: 99.9")
    .option("--range <range>", "of one: how far back its time over the objective goes: 24h, 7d or 30d", "24h")
    .option("--reason <text>", "why, for whoever looks next")
    .option("--ticket <id>", "the incident or change it belongs to")
    .action(async (consumer: string | undefined, options: Options) => {
      const sets = options.objective !== undefined || options.target !== undefined;
      if (sets && consumer === undefined)
        throw usage("Name the consumer: `tidemark slos order-summary --objective 5s`.");
      const wanted = { objectiveMs: objectiveOf(options.objective), target: targetOf(options.target) };
      const session = open();
      if (consumer === undefined) return list(session);
      if (!sets) return detail(session, consumer, options.range);
      return set(session, consumer, { ...wanted, reason: options.reason, ticket: options.ticket });
    });
}

async function list({ api, out }: Session): Promise<void> {
  const answer = await api.ask({ path: storePath("slos") });
  if (out.asJson) return out.raw(answer.text);
  print({ out }, (answer.json() as { slos: Slo[] }).slos);
}

async function set({ api, out }: Session, consumer: string, wanted: object): Promise<void> {
  const answer = await api.ask({ method: "POST", path: storePath("slos", consumer), body: JSON.stringify(wanted) });
  if (out.asJson) return out.raw(answer.text);
  print({ out }, [answer.json() as Slo]);
}

/** Budget and burn, the stretches that were over the objective or unknown, who changed it, and its alerts. */
async function detail({ api, out }: Session, consumer: string, range: string): Promise<void> {
  const answer = await api.ask({ path: storePath("slos", consumer), query: { range } });
  if (out.asJson) return out.raw(answer.text);
  const slo = answer.json() as SloInDetail;
  print({ out }, [slo]);
  out.line(
    `Burn      ${["1h", "6h", "24h", "30d"].map((window) => `${times(slo.burn[window])} over ${window}`).join(", ")}`,
  );
  const told = slo.time.filter(({ badMs, unknownMs }) => badMs > 0 || unknownMs > 0);
  if (told.length === 0) out.line(`Of the last ${slo.range} nothing was over the objective, and all is known.`);
  else {
    out.table(
      [`${duration(slo.widthSeconds * 1_000)} FROM (UTC)`, "OVER", "UNKNOWN"],
      told.map(({ at, badMs, unknownMs }) => [clock(at), duration(badMs), duration(unknownMs)]),
      [1, 2],
    );
  }
  for (const { at, by, reason, after } of slo.changes) {
    const to = after.objectiveMs === null ? "as declared" : duration(after.objectiveMs);
    out.line(
      `Set       ${clock(at)} to ${to} by ${printable(by ?? "somebody")}${reason ? `: ${printable(reason)}` : ""}`,
    );
  }
  for (const { id, state, title, startedAt } of slo.alerts) {
    out.line(`Alert     A-${id} ${state}, ${clock(startedAt)}: ${printable(title)}`);
  }
}

function print({ out }: Pick<Session, "out">, slos: readonly Slo[]): void {
  if (slos.length === 0) {
    out.line("Nothing follows the log yet.");
    return;
  }
  out.table(
    ["CONSUMER", "OBJECTIVE", "TARGET", "ATTAINED", "KNOWN", "BUDGET LEFT", "BURN 1 H", "BURN 6 H"],
    slos.map(({ consumer, objectiveMs, target, budget, burn }) => [
      ...[printable(consumer), duration(objectiveMs), percent(target), percent(budget.attained), percent(budget.known)],
      ...[`${budget.leftMs < 0 ? "-" : ""}${duration(Math.abs(budget.leftMs))}`, times(burn["1h"]), times(burn["6h"])],
    ]),
    [1, 2, 3, 4, 5, 6, 7],
  );
}

function percent(share: number | null): string {
  return share === null ? "unknown" : `${Number((share * 100).toFixed(3))} %`;
}

function times(burn: number | null | undefined): string {
  return burn === null || burn === undefined ? "unknown" : `${burn.toFixed(1)}×`;
}

function objectiveOf(text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined;
  if (text === "declared") return null;
  const [, value, unit] = text.match(/^(\d+(?:\.\d+)?)(ms|s|m|h)$/) ?? [];
  if (value === undefined || unit === undefined)
    throw usage(`An objective is a time, as \`500ms\`, \`5s\` or \`2m\`, not ${text}.`);
  return Math.round(Number(value) * { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[unit as "ms" | "s" | "m" | "h"]);
}

function targetOf(text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined;
  if (text === "declared") return null;
  const value = Number(text.replace(/\s*%$/, ""));
  if (!(value >= 50 && value < 100))
    throw usage(`A target is a percentage from 50 to below 100, as \`99.9\`, not ${text}.`);
  return Number((value / 100).toFixed(7));
}

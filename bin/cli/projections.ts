import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { usage } from "@/bin/cli/cli-error";
import { clock, count, lagText, type WireLag } from "@/bin/cli/format";
import type { Output } from "@/bin/cli/output";
import { printable } from "@/bin/cli/printable";
import { actOnGenerations, type GenerationOptions, generationActs } from "@/bin/cli/rebuild";
import type { OpenSession, Session } from "@/bin/cli/session";

type Projection = {
  readonly name: string;
  readonly description?: string | null;
  readonly state: string;
  readonly reason?: string | null;
  readonly lag: WireLag;
  readonly lagUnknown?: { readonly since: string | null; readonly reason: string } | null;
  readonly checkpoint: string;
  readonly generation: number;
  readonly rate?: { readonly out: number | null };
};

type Partition = {
  readonly partition: number;
  readonly checkpoint: string;
  readonly checkpointAt: string;
  readonly owner: string | null;
  readonly error: { readonly message: string } | null;
};

type Load = {
  readonly partition: number;
  readonly behind: number;
  readonly more: boolean;
  readonly hot: { readonly stream: string; readonly share: number } | null;
};

/** `tidemark projections`: all of them, one, or an act on one. */
export function addProjections(program: Command, open: OpenSession): void {
  program
    .command("projections")
    .description("all projections, worst lag first; or one of them; or an act on one, its rebuild among them")
    .argument("[name]", "a projection")
    .argument("[act]", ["pause", "resume", ...generationActs].join(", "))
    .option("--reason <text>", "why, for whoever looks next")
    .option("--ticket <id>", "the ticket it belongs to, for the audit")
    .option("--promote <when>", "with `rebuild`: ask, when-equal or when-caught-up", "ask")
    .option("--since <place>", "with `plan` and `rebuild`: only streams with events from a position or time on")
    .option("--slices <range>", "with `plan` and `rebuild`: only streams in these slices of 1,024, as in 0-255")
    .option("--tenant <tenant>", "with `plan` and `rebuild`: only streams with events of this tenant")
    .option("--per-second <n>", "with `rebuild`: read no more events a second")
    .option("--generation <n>", "with `retire` and `differences`: which one")
    .action(async (name: string | undefined, act: string | undefined, options: GenerationOptions) => {
      const generationAct = generationActs.find((known) => known === act);
      if (act !== undefined && act !== "pause" && act !== "resume" && !generationAct) {
        throw usage(`A projection can be told to pause, resume, ${generationActs.join(", ")}, not to ${act}.`);
      }
      const session = open();
      if (name === undefined) await list(session);
      else if (generationAct) await actOnGenerations(session, name, generationAct, options);
      else if (act === "pause" || act === "resume") await tell(session, name, act, options);
      else await show(session, name);
    });
}

async function list({ api, out }: Session): Promise<void> {
  const answer = await api.ask({ path: storePath("projections") });
  if (out.asJson) return out.raw(answer.text);
  const { projections } = answer.json() as { projections: readonly Projection[] };
  if (projections.length === 0) return out.line("No projection is registered. Is a worker running?");
  out.table(
    ["PROJECTION", "STATE", "LAG", "EVENTS/S", "CHECKPOINT"],
    projections.map(({ name, state, lag, rate, checkpoint }) => [
      ...[name, state, lagText(lag), rate?.out === null ? "" : rate?.out.toFixed(1), count(checkpoint)],
    ]),
    [3, 4],
  );
}

async function show({ api, out }: Session, name: string): Promise<void> {
  const answer = await api.ask({ path: storePath("projections", name) });
  if (out.asJson) return out.raw(answer.text);
  const projection = answer.json() as Projection & {
    readonly partitions: readonly Partition[];
    readonly loads: readonly Load[];
  };
  printHead(out, projection);
  out.line();
  out.table(
    ["PARTITION", "CHECKPOINT", "AT (UTC)", "BEHIND", "HOT STREAM", "WORKER", "ERROR"],
    projection.partitions.map(({ partition, checkpoint, checkpointAt, owner, error }) => {
      const load = projection.loads.find((one) => one.partition === partition);
      return [
        ...[partition, count(checkpoint), clock(checkpointAt), behindText(load), hotText(load)],
        ...[owner ?? "nobody", error?.message.slice(0, 80)],
      ];
    }),
    [0, 1, 3],
  );
}

function behindText(load: Load | undefined): string {
  return load ? `${load.more ? "≥ " : ""}${count(load.behind)}` : "";
}

function hotText(load: Load | undefined): string {
  return load?.hot ? `${load.hot.stream} ${Math.round(load.hot.share * 100)} %` : "";
}

function printHead(out: Output, projection: Projection): void {
  const { lagUnknown } = projection;
  const why = lagUnknown
    ? `: ${printable(lagUnknown.reason)}, since ${printable(lagUnknown.since ?? "it started")}`
    : "";
  out.line(out.colours.bold(printable(projection.name)));
  if (projection.description) out.line(printable(projection.description));
  out.line(`State       ${printable(projection.state)}${projection.reason ? `: ${printable(projection.reason)}` : ""}`);
  out.line(`Lag         ${lagText(projection.lag)}${why}`);
  out.line(`Generation  ${projection.generation}`);
}

async function tell(
  { api, out }: Session,
  name: string,
  act: "pause" | "resume",
  why: GenerationOptions,
): Promise<void> {
  const answer = await api.ask({
    method: "POST",
    path: storePath("projections", name, act),
    body: JSON.stringify({ reason: why.reason, ticket: why.ticket }),
  });
  if (out.asJson) return out.raw(answer.text);
  const state = act === "pause" ? "paused" : "running";
  if (answer.status === 202) {
    out.line(
      `${printable(name)} is to be ${state}; no worker has confirmed it yet. Look with \`tidemark projections ${printable(name)}\`.`,
    );
  } else out.line(`${printable(name)} is ${state}.`);
}

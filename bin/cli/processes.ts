import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { usage } from "@/bin/cli/cli-error";
import { clock, count, duration } from "@/bin/cli/format";
import { printable } from "@/bin/cli/printable";
import type { OpenSession, Session } from "@/bin/cli/session";

type Process = {
  readonly name: string;
  readonly state: string;
  readonly version: number;
  readonly lag: { readonly ageMs: number; readonly events: number } | "unknown";
  readonly stages: readonly { readonly stage: string; readonly count: number }[];
  readonly running: number;
  readonly stuck: number;
  readonly overdue: number;
};

type Instance = {
  readonly instance: string;
  readonly status: string;
  readonly stage: string;
  readonly updatedAt: string;
  readonly attempts: number;
  readonly stuck: boolean;
  readonly overdue: boolean;
  readonly timer: { readonly name: string; readonly dueAt: string } | null;
};

type Page = {
  readonly instance: Instance;
  readonly state: unknown;
  readonly inputs: readonly {
    readonly at: string;
    readonly kind: string;
    readonly name: string;
    readonly note: string | null;
  }[];
  readonly commands: readonly {
    readonly command: string;
    readonly stream: string;
    readonly state: string;
    readonly attempts: number;
    readonly error: string | null;
    readonly rejection: string | null;
  }[];
  readonly timers: readonly {
    readonly name: string;
    readonly state: string;
    readonly dueAt: string;
    readonly overdue: boolean;
  }[];
};

type Options = {
  readonly instance?: string;
  readonly filter?: string;
  readonly stage?: string;
  readonly reason?: string;
  readonly ticket?: string;
  readonly timer?: string;
  readonly confirm?: string;
};

const ACTS = ["nudge", "fire", "cancel"] as const;
/** What a whole process can be told, where the name of an instance would stand. */
const SWITCHES = ["pause", "resume"];

/** `tidemark processes`: processes, the instances of one, one instance, or an act on it. */
export function addProcesses(program: Command, open: OpenSession): void {
  program
    .command("processes")
    .description("process managers; the instances of one; one instance; or nudge it, fire a timer of it, cancel it")
    .argument("[name]", "a process")
    .argument("[instance]", "one of its instances; or `pause` or `resume`, for the whole process")
    .argument("[act]", ACTS.map((act) => `\`${act}\``).join(", "))
    .option("--instance <id>", "the same, for one that is named like a word of this command")
    .option("--filter <which>", "running, stuck, overdue, ended, cancelled or all instances", "running")
    .option("--stage <stage>", "only instances that stand there")
    .option("--timer <name>", "with `fire`: which timer")
    .option("--reason <text>", "why, for the audit; `fire` and `cancel` need it")
    .option("--ticket <id>", "the ticket it belongs to, for the audit")
    .option("--confirm <instance>", "the name of the instance once more, where the store asks for it")
    .action(
      async (name: string | undefined, second: string | undefined, third: string | undefined, options: Options) => {
        const named = options.instance !== undefined;
        const [instance, act] = named ? [options.instance, second] : [second, third];
        if (named && third !== undefined) throw usage("Name the instance once: as an argument, or with --instance.");
        if (act !== undefined && !ACTS.some((known) => known === act)) {
          throw usage(`An instance can be told to ${ACTS.join(", ")}, not to ${act}.`);
        }
        if (act === "fire" && options.timer === undefined) throw usage("Say which timer: --timer <name>.");
        const session = open();
        if (name === undefined) return list(session);
        if (!named && act === undefined && instance !== undefined && SWITCHES.includes(instance)) {
          return tellProcess(session, name, instance, options);
        }
        if (instance === undefined) return listInstances(session, name, options);
        if (act !== undefined) return tell(session, name, instance, act, options);
        return show(session, name, instance);
      },
    );
}

async function list({ api, out }: Session): Promise<void> {
  const answer = await api.ask({ path: storePath("processes") });
  if (out.asJson) return out.raw(answer.text);
  const { processes } = answer.json() as { processes: readonly Process[] };
  if (processes.length === 0) return out.line("No processes.");
  out.table(
    ["PROCESS", "STATE", "BEHIND", "RUNNING", "STUCK", "OVERDUE", "STAGES"],
    processes.map(({ name, state, lag, running, stuck, overdue, stages }) => [
      ...[name, state, lag === "unknown" ? "unknown" : `${count(lag.events)}, ${duration(lag.ageMs)}`],
      ...[count(running), count(stuck), count(overdue)],
      stages.map((each) => `${each.stage} ${count(each.count)}`).join(", "),
    ]),
    [3, 4, 5],
  );
}

async function listInstances({ api, out }: Session, name: string, { filter, stage }: Options): Promise<void> {
  const answer = await api.ask({ path: storePath("processes", name), query: { filter, stage } });
  if (out.asJson) return out.raw(answer.text);
  const { instances } = answer.json() as { instances: readonly Instance[] };
  if (instances.length === 0) return out.line("No such instances.");
  out.table(
    ["INSTANCE", "STATUS", "WAITS FOR", "MOVED (UTC)", "NEXT TIMER", "NEEDS"],
    instances.map((row) => [
      ...[row.instance, row.status, row.stage, clock(row.updatedAt).slice(0, 19)],
      row.timer === null ? "" : `${row.timer.name} ${clock(row.timer.dueAt).slice(0, 19)}`,
      [row.stuck ? `stuck, ${row.attempts} failures` : "", row.overdue ? "overdue" : ""].filter(Boolean).join(", "),
    ]),
  );
}

async function show({ api, out }: Session, name: string, instance: string): Promise<void> {
  const answer = await api.ask({ path: storePath("processes", name, instance) });
  if (out.asJson) return out.raw(answer.text);
  const page = answer.json() as Page;
  out.line(out.colours.bold(printable(`${name} ${page.instance.instance}`)));
  out.line(`Status   ${page.instance.status}: ${printable(page.instance.stage)}`);
  out.line(`State    ${printable(JSON.stringify(page.state))}`);
  for (const timer of page.timers) {
    out.line(`Timer    ${printable(timer.name)} ${timer.overdue ? "overdue" : timer.state}, due ${clock(timer.dueAt)}`);
  }
  out.line();
  for (const { at, kind, name: what, note } of page.inputs) {
    out.line(`${clock(at)}  ${kind} ${printable(what)}${note === null ? "" : `: ${printable(note)}`}`);
  }
  out.line();
  for (const { command, stream, state, attempts, error, rejection } of page.commands) {
    const why = rejection ?? (error === null ? null : `${attempts} failures, ${error}`);
    out.line(`${state.padEnd(9)} ${command} ${printable(stream)}${why === null ? "" : `: ${printable(why)}`}`);
  }
}

async function tellProcess({ api, out }: Session, name: string, act: string, { reason, ticket }: Options) {
  const body = JSON.stringify({ reason, ticket });
  const answer = await api.ask({ method: "POST", path: storePath("processes", name, act), body });
  if (out.asJson) return out.raw(answer.text);
  const { state, observed } = answer.json() as { state: string; observed: boolean };
  out.line(`${printable(name)} is ${state}${observed ? "" : "; not every worker has confirmed it yet"}.`);
}

async function tell(
  { api, out }: Session,
  name: string,
  instance: string,
  act: string,
  options: Options,
): Promise<void> {
  const { reason, ticket, confirm, timer } = options;
  const answer = await api.ask({
    method: "POST",
    path: storePath("processes", name, instance, act),
    body: JSON.stringify({ reason, ticket, confirm, ...(act === "fire" ? { timer } : {}) }),
  });
  if (out.asJson) return out.raw(answer.text);
  const { instance: row } = answer.json() as Page;
  const said = answer.status === 202 ? `was told to ${act}; it is still` : "is now";
  out.line(`${instance} ${said} ${row.status}: ${printable(row.stage)}.`);
}

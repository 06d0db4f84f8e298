import type { Command } from "commander";
import { type Api, storePath } from "@/bin/cli/api";
import { usage } from "@/bin/cli/cli-error";
import { exitCode } from "@/bin/cli/exit-code";
import { clock, count, duration } from "@/bin/cli/format";
import type { Output } from "@/bin/cli/output";
import { printable } from "@/bin/cli/printable";
import type { OpenSession, Session } from "@/bin/cli/session";

/** A run as the API tells it. */
export type Run = {
  readonly id: string;
  readonly kind: string;
  readonly subject: string | null;
  readonly state: string;
  readonly phase: string | null;
  readonly done: number;
  readonly total: number | null;
  readonly unit: string;
  readonly detail: string | null;
  readonly problems: number;
  readonly requestedBy: string;
  readonly reason: string | null;
  readonly ticket: string | null;
  readonly createdAt: string;
  readonly error: { readonly message: string } | null;
};

type Line = { readonly line: string; readonly at: string; readonly level: string; readonly message: string };
type Left = { readonly kind: string; readonly fromMs?: number; readonly toMs?: number };
type Page = Run & {
  readonly pace: { readonly perSecond: number | null; readonly left: Left };
  readonly log: readonly Line[];
  readonly result: unknown;
};

type Options = {
  readonly kind?: string;
  readonly state?: string;
  readonly follow?: boolean;
  readonly reason?: string;
  readonly ticket?: string;
  readonly perSecond?: string;
};

const ACTS = ["pause", "resume", "cancel", "promote", "revert", "throttle"] as const;
const ENDED = ["succeeded", "failed", "cancelled"];
const LOOK_MS = 500;

/** `tidemark runs`: long jobs, one of them, or an act on one. */
export function addRuns(program: Command, open: OpenSession): void {
  program
    .command("runs")
    .description("long jobs, newest first; or one of them; or pause, resume, cancel, promote, revert or throttle one")
    .argument("[id]", "the number of a run")
    .argument("[act]", ACTS.map((act) => `\`${act}\``).join(", "))
    .option("--kind <kind>", "only runs of this kind")
    .option("--state <state>", "only runs in this state; `live` for all that have not ended")
    .option("--follow", "stay with the run until it ends; the exit code tells how it did")
    .option("--reason <text>", "why, for the audit")
    .option("--ticket <id>", "the ticket it belongs to, for the audit")
    .option("--per-second <n>", "with `throttle`: the limit; none to lift it")
    .action(async (id: string | undefined, act: string | undefined, options: Options) => {
      if (act !== undefined && !ACTS.some((known) => known === act)) {
        throw usage(`A run can be told to ${ACTS.join(", ")}, not to ${act}.`);
      }
      const session = open();
      if (id === undefined) return list(session, options);
      if (act !== undefined) await tell(session, id, act, options);
      if (options.follow) await followRun(session, id);
      else if (act === undefined) await show(session, id);
    });
}

async function list({ api, out }: Session, { kind, state }: Options): Promise<void> {
  const answer = await api.ask({ path: storePath("runs"), query: { kind, state } });
  if (out.asJson) return out.raw(answer.text);
  const { runs } = answer.json() as { runs: readonly Run[] };
  if (runs.length === 0) return out.line("No runs.");
  out.table(
    ["RUN", "KIND", "OF", "STATE", "PROGRESS", "BEGUN (UTC)", "BY", "WHY"],
    runs.map((run) => [
      ...[
        run.id,
        run.kind,
        run.subject,
        stateText(run),
        progress(run),
        clock(run.createdAt).slice(0, 19),
        run.requestedBy,
      ],
      [run.ticket, run.reason].filter(Boolean).join(" "),
    ]),
    [0],
  );
}

async function show({ api, out }: Session, id: string): Promise<void> {
  const answer = await api.ask({ path: storePath("runs", id), query: { lines: 20 } });
  if (out.asJson) return out.raw(answer.text);
  const page = answer.json() as Page;
  const title = `Run ${page.id}  ${page.kind}${page.subject === null ? "" : ` of ${page.subject}`}`;
  out.line(out.colours.bold(printable(title)));
  out.line(`State    ${stateText(page)}${page.error ? `: ${printable(page.error.message)}` : ""}`);
  out.line(`Phase    ${printable(page.phase ?? "")}, ${progress(page)}${rateText(page)}`);
  if (page.state === "running") out.line(`Left     ${leftText(page.pace.left)}`);
  if (page.detail !== null) out.line(`Now      ${printable(page.detail)}`);
  const why = [page.ticket, page.reason].filter(Boolean).join(", ");
  out.line(`By       ${printable(page.requestedBy)}${why === "" ? "" : `: ${printable(why)}`}`);
  if (page.result !== null) out.line(`Came to  ${printable(JSON.stringify(page.result))}`);
  out.line();
  for (const line of [...page.log].reverse()) printLine(out, line);
}

async function tell({ api, out }: Session, id: string, act: string, options: Options): Promise<void> {
  const { reason, ticket, perSecond } = options;
  const limit = act === "throttle" ? { perSecond: perSecond === undefined ? null : rate(perSecond) } : {};
  const answer = await api.ask({
    method: "POST",
    path: storePath("runs", id, act),
    body: JSON.stringify({ reason, ticket, ...limit }),
  });
  if (out.asJson) return out.raw(answer.text);
  const { state } = answer.json() as Run;
  out.line(answer.status === 202 ? `Run ${id} was told to ${act}; it is still ${state}.` : `Run ${id} is ${state}.`);
}

/**
 * Stays until the run ends, printing its log as it grows, and returns whether it succeeded; else the exit code says so. False
 * as well when the user leaves.
 */
export async function followRun({ api, out, signal, end }: Session, id: string): Promise<boolean> {
  let afterLine = "0";
  for (;;) {
    const { page, text } = await look(api, id, afterLine, signal);
    if (out.asJson) out.raw(text);
    else for (const line of [...page.log].reverse()) printLine(out, line);
    if (ENDED.includes(page.state)) {
      if (!out.asJson)
        out.line(`Run ${id} ${stateText(page)}${page.error ? `: ${printable(page.error.message)}` : ""}.`);
      if (page.state !== "succeeded") end(exitCode.data);
      return page.state === "succeeded";
    }
    if (!out.asJson)
      out.note(
        `${printable(page.phase ?? page.state)}: ${progress(page)}${rateText(page)}, left ${leftText(page.pace.left)}`,
      );
    afterLine = page.log[0]?.line ?? afterLine;
    await pause(LOOK_MS, signal);
    if (signal.aborted) return false;
  }
}

async function look(api: Api, id: string, afterLine: string, signal: AbortSignal) {
  const answer = await api.ask({ path: storePath("runs", id), query: { lines: 500, afterLine }, signal });
  return { page: answer.json() as Page, text: answer.text };
}

function printLine(out: Output, { at, level, message }: Line): void {
  out.line(`${clock(at)}  ${level === "info" ? "" : `${level}: `}${printable(message)}`);
}

/** The state, and what it met so far: `succeeded, 3 lines refused`. */
function stateText({ state, kind, problems, unit }: Run): string {
  if (problems === 0) return state;
  const one = problems === 1;
  if (kind !== "import") return `${state}, ${count(problems)} ${one ? "problem" : "problems"}`;
  return `${state}, ${count(problems)} ${one ? unit.replace(/s$/, "") : unit} refused`;
}

function progress({ done, total, unit }: Run): string {
  if (total === null && done === 0) return "–";
  if (total === null || total === 0) return `${count(done)} ${unit}`;
  return `${Math.floor((done / total) * 100)} %, ${count(done)} of about ${count(total)} ${unit}`;
}

function rateText({ pace, state }: Page): string {
  return pace.perSecond === null || state !== "running" ? "" : `, ${count(pace.perSecond)}/s`;
}

function leftText({ kind, fromMs = 0, toMs = 0 }: Left): string {
  if (kind === "range") return fromMs === toMs ? duration(fromMs) : `${duration(fromMs)} to ${duration(toMs)}`;
  return kind === "never" ? "will not catch up" : kind;
}

/** Reads `--per-second`. Throws `CliError`. */
export function rate(text: string): number {
  const value = Number(text);
  if (/^\d{1,8}(\.\d{1,3})?$/.test(text) && value > 0) return value;
  throw usage(`--per-second is a number above 0, not ${text}.`);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
  });
}

import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { usage } from "@/bin/cli/cli-error";
import { clock } from "@/bin/cli/format";
import { printable } from "@/bin/cli/printable";
import type { OpenSession, Session } from "@/bin/cli/session";

type Alert = {
  readonly id: string;
  readonly rule: string;
  readonly severity: string;
  readonly state: string;
  readonly title: string;
  readonly value: number;
  readonly unit: string;
  readonly startedAt: string;
  readonly resolvedAt: string | null;
  readonly cause: {
    readonly event?: { readonly position: string; readonly stream: string; readonly type: string } | null;
  };
};

type Page = {
  readonly alert: Alert;
  readonly transitions: readonly { at: string; from: string | null; to: string; by: string; reason: string | null }[];
  readonly deliveries: readonly {
    id: string;
    channel: string;
    seq: number;
    state: string;
    attempts: number;
    error: string | null;
  }[];
  readonly silence: { readonly until: string; readonly reason: string; readonly by: string } | null;
};

type Rule = {
  readonly name: string;
  readonly severity: string;
  readonly settings: readonly {
    readonly name: string;
    readonly value: number;
    readonly unit: string;
    readonly changedBy: string | null;
  }[];
};

type Options = {
  readonly state?: string;
  readonly cursor?: string;
  readonly reason?: string;
  readonly ticket?: string;
  readonly until?: string;
};

const ACTS: Readonly<Record<string, string>> = { ack: "acknowledge", silence: "silence", unsilence: "unsilence" };

/** `tidemark alerts`: what fires, one alert, an act on it; or the rules, as Prometheus reads them or with their settings. */
export function addAlerts(program: Command, open: OpenSession): void {
  program
    .command("alerts")
    .description(
      "what fires; one alert or an act on it; `rules`: a Prometheus rules file; `settings`: the rules' settings",
    )
    .argument("[which]", "an alert, as 12 or A-12; or `rules`, `settings`, `set`")
    .argument("[act]", "`ack`, `silence`, `unsilence`, `send`; with `set` the name of a rule")
    .argument(
      "[settings...]",
      "with `set`: settings as `seconds=30`, or `seconds=` for what is declared; with `send`: the notice to send once more",
    )
    .option("--state <state>", "only in this state: pending, firing, acknowledged, silenced, resolved")
    .option("--cursor <cursor>", "go on after the page before")
    .option("--reason <text>", "why; `silence` needs it")
    .option("--ticket <id>", "the incident or change it belongs to")
    .option("--until <time>", "with `silence`: an ISO 8601 time")
    .action(async (which: string | undefined, act: string | undefined, given: string[], options: Options) => {
      if (which === "set") {
        if (act === undefined || given.length === 0)
          throw usage("Name a rule and a setting: `tidemark alerts set high-water-held seconds=30`.");
        const settings = settingsOf(given);
        return setRule(open(), act, settings, options);
      }
      if (which === undefined) return list(open(), options);
      if (which === "rules") return rules(open());
      if (which === "settings") return settings(open());
      if (act === undefined) return show(open(), which);
      if (act === "send") {
        const [notice] = given;
        if (notice === undefined)
          throw usage("Name the notice, as `tidemark alerts 12` lists them: `tidemark alerts 12 send 34`.");
        return sendAgain(open(), which, notice, options);
      }
      if (!(act in ACTS)) {
        throw usage(`What can be done with an alert is ${[...Object.keys(ACTS), "send"].join(", ")}, not ${act}.`);
      }
      if (act === "silence" && (!options.until || !options.reason)) {
        throw usage("To silence an alert, say --until and --reason.");
      }
      return tell(open(), which, act, options);
    });
}

async function list({ api, out }: Session, { state, cursor }: Options): Promise<void> {
  const answer = await api.ask({ path: storePath("alerts"), query: { state, cursor } });
  if (out.asJson) return out.raw(answer.text);
  const { alerts, next, watch } = answer.json() as {
    alerts: Alert[];
    next: string | null;
    watch: { evaluatedAt: string | null; stale: boolean };
  };
  if (alerts.length === 0) out.line(state === undefined ? "No alert is open." : "No alert matches.");
  else {
    out.table(
      ["ALERT", "STATE", "SEVERITY", "SINCE (UTC)", "RULE", "WHAT"],
      alerts.map(({ id, state: now, severity, startedAt, rule, title }) => [
        ...[`A-${id}`, now, severity, clock(startedAt), rule, title],
      ]),
    );
  }
  if (next !== null) out.note(`More with --cursor ${next}`);
  if (watch.stale) {
    out.note(
      `No worker evaluates the rules; the last did ${watch.evaluatedAt === null ? "never" : `at ${clock(watch.evaluatedAt)} UTC`}.`,
    );
  }
}

async function show({ api, out }: Session, id: string): Promise<void> {
  const answer = await api.ask({ path: storePath("alerts", id) });
  if (out.asJson) return out.raw(answer.text);
  const { alert, transitions, deliveries, silence } = answer.json() as Page;
  out.line(out.colours.bold(`A-${alert.id} ${printable(alert.title)}`));
  out.line(
    `State     ${alert.state} (${alert.severity}), rule ${printable(alert.rule)}, value ${alert.value} ${alert.unit}`.trimEnd(),
  );
  const { event } = alert.cause;
  if (event) out.line(`Event     ${printable(event.type)} at ${event.position}, ${printable(event.stream)}`);
  if (silence)
    out.line(`Silenced  until ${clock(silence.until)} UTC by ${printable(silence.by)}: ${printable(silence.reason)}`);
  for (const { at, to, by, reason } of transitions) {
    out.line(`${clock(at)}  ${to} by ${printable(by)}${reason ? `: ${printable(reason)}` : ""}`);
  }
  for (const { id: notice, channel, state, attempts, error } of deliveries) {
    out.line(
      `Notice    ${notice} to ${printable(channel)}: ${state} after ${attempts}${error ? ` (${printable(error)})` : ""}`,
    );
  }
}

async function sendAgain(
  { api, out }: Session,
  id: string,
  notice: string,
  { reason, ticket }: Options,
): Promise<void> {
  const answer = await api.ask({
    method: "POST",
    path: storePath("alerts", id, "notices", notice, "send"),
    body: JSON.stringify({ reason, ticket }),
  });
  if (out.asJson) return out.raw(answer.text);
  const { delivery } = answer.json() as { delivery: Page["deliveries"][number] | null };
  if (!delivery) return out.line(`Notice ${printable(notice)} is gone: its channel was removed.`);
  const { channel, state, attempts, error } = delivery;
  out.line(
    `Notice ${printable(notice)} to ${printable(channel)} is ${state} after ${attempts}${error ? ` (${printable(error)})` : ""}.`,
  );
}

async function tell({ api, out }: Session, id: string, act: string, { reason, ticket, until }: Options): Promise<void> {
  const answer = await api.ask({
    method: "POST",
    path: storePath("alerts", id, ACTS[act] ?? act),
    body: JSON.stringify({ reason, ticket, until }),
  });
  if (out.asJson) return out.raw(answer.text);
  const { alert, silence } = answer.json() as Page;
  out.line(`A-${alert.id} is ${alert.state}${silence ? ` until ${clock(silence.until)} UTC` : ""}.`);
}

/** The file as it is: what promtool and Prometheus read. */
async function rules({ api, out }: Session): Promise<void> {
  const answer = await api.ask({ path: storePath("alerts", "rules") });
  if (out.asJson) return out.raw(JSON.stringify({ rules: answer.text }));
  out.line(answer.text.trimEnd());
}

async function settings({ api, out }: Session): Promise<void> {
  const answer = await api.ask({ path: storePath("alert-rules") });
  if (out.asJson) return out.raw(answer.text);
  const { rules: found } = answer.json() as { rules: Rule[] };
  out.table(
    ["RULE", "SEVERITY", "SETTING", "VALUE", "CHANGED BY"],
    found.flatMap(({ name, severity, settings: own }) =>
      own.map((setting) => [
        name,
        severity,
        setting.name,
        `${setting.value} ${setting.unit}`.trim(),
        setting.changedBy ?? "",
      ]),
    ),
    [3],
  );
}

async function setRule(
  { api, out }: Session,
  rule: string,
  values: Readonly<Record<string, number | null>>,
  { reason, ticket }: Options,
) {
  const answer = await api.ask({
    method: "POST",
    path: storePath("alert-rules", rule),
    body: JSON.stringify({ settings: values, reason, ticket }),
  });
  if (out.asJson) return out.raw(answer.text);
  const found = answer.json() as { rule: Rule };
  out.line(`${printable(rule)}: ${found.rule.settings.map(({ name, value }) => `${name} ${value}`).join(", ")}`);
}

function settingsOf(given: readonly string[]): Record<string, number | null> {
  return Object.fromEntries(
    given.map((text) => {
      const [, name, value] = text.match(/^([a-z]+)=(-?\d*(?:\.\d+)?)$/) ?? [];
      if (name === undefined || value === undefined) throw usage(`A setting is written \`name=number\`, not ${text}.`);
      return [name, value === "" ? null : Number(value)];
    }),
  );
}

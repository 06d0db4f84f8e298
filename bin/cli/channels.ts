import { randomBytes } from "node:crypto";
import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { usage } from "@/bin/cli/cli-error";
import { clock } from "@/bin/cli/format";
import { printable } from "@/bin/cli/printable";
import type { OpenSession, Session } from "@/bin/cli/session";

type Channel = {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly shown: string;
  readonly leastSeverity: string;
  readonly states: readonly string[];
  readonly enabled: boolean;
  readonly waiting: number;
  readonly lost: number;
  readonly last: { readonly state: string; readonly createdAt: string; readonly error: string | null } | null;
};

type Options = {
  readonly kind?: string;
  readonly name?: string;
  readonly address?: string;
  readonly secret?: string;
  readonly from?: string;
  readonly to?: readonly string[];
  readonly severity?: string;
  readonly states?: string;
  readonly off?: boolean;
  readonly on?: boolean;
  readonly reason?: string;
  readonly ticket?: string;
};

const ACTS = ["add", "change", "remove", "test"];

/** `tidemark channels`: where notices go; add, change, remove or test one. Addresses and keys are read, never shown. */
export function addChannels(program: Command, open: OpenSession): void {
  program
    .command("channels")
    .description("where notices of alerts go; or add, change, remove or test a channel")
    .argument("[act]", "`add`, `change`, `remove` or `test`")
    .argument("[which]", "the name of the channel")
    .option("--kind <kind>", "`webhook`, `slack` or `email`")
    .option("--name <name>", "with `change`: its new name")
    .option(
      "--address <url>",
      "where it leads: https://…, or smtps://user:password@mail.example.org; `-` reads it from the input",
    )
    .option("--secret <key>", "the webhook's key, `whsec_…`; absent: one is made here and printed once")
    .option("--from <address>", "with `email`: who writes")
    .option("--to <address...>", "with `email`: who reads")
    .option("--severity <severity>", "the least that it is told of: critical, warning or notice")
    .option("--states <list>", "the states it is told of, with commas between: firing,acknowledged,silenced,resolved")
    .option("--off", "with `change`: tell it nothing")
    .option("--on", "with `change`: tell it again")
    .option("--reason <text>", "why, for whoever looks next")
    .option("--ticket <id>", "the ticket it belongs to, for the audit")
    .action(async (act: string | undefined, which: string | undefined, options: Options) => {
      if (act !== undefined && !ACTS.includes(act))
        throw usage(`Channels can be told to ${ACTS.join(", ")}, not to ${act}.`);
      if (act !== undefined && which === undefined)
        throw usage(`Name the channel: \`tidemark channels ${act} on-call\`.`);
      const session = open();
      if (act === undefined || which === undefined) return list(session);
      if (act === "add") return add(session, which, options);
      const channel = await find(session, which);
      if (act === "change") return change(session, channel, options);
      return act === "test" ? test(session, channel, options) : remove(session, channel, options);
    });
}

async function list({ api, out }: Session): Promise<void> {
  const answer = await api.ask({ path: storePath("channels") });
  if (out.asJson) return out.raw(answer.text);
  const { channels } = answer.json() as { channels: Channel[] };
  if (channels.length === 0) return out.line("No channel yet: alerts are only seen on their page.");
  out.table(
    ["CHANNEL", "KIND", "LEADS TO", "FROM", "STATES", "WAITING", "LOST", "LAST (UTC)"],
    channels.map(({ name, kind, shown, leastSeverity, states, enabled, waiting, lost, last }) => [
      ...[name, kind, shown, enabled ? leastSeverity : "switched off", states.join(" "), waiting, lost],
      last === null ? "" : `${clock(last.createdAt)} ${last.state}`,
    ]),
    [5, 6],
  );
}

async function find({ api }: Session, name: string): Promise<Channel> {
  const { channels } = (await api.ask({ path: storePath("channels") })).json() as { channels: Channel[] };
  const found = channels.find((channel) => channel.name === name);
  if (!found) throw usage(`There is no channel named ${name}.`);
  return found;
}

async function add(session: Session, name: string, options: Options): Promise<void> {
  const { api, out } = session;
  const address = await addressOf(session, options);
  if (!address) throw usage("Say what the channel is: --kind webhook, slack or email, and --address.");
  const body = JSON.stringify({ name, address, ...wishes(options) });
  const answer = await api.ask({ method: "POST", path: storePath("channels"), body });
  if (out.asJson) return out.raw(answer.text);
  out.line(`Added ${printable(name)}. Try it with \`tidemark channels test ${printable(name)}\`.`);
  if (address.kind === "webhook" && options.secret === undefined) {
    out.note(`Its key, which is shown only now: ${address.secret}`);
  }
}

async function change(session: Session, { id, name }: Channel, options: Options): Promise<void> {
  const { api, out } = session;
  const address = await addressOf(session, options);
  const enabled = options.off ? false : options.on ? true : undefined;
  const body = JSON.stringify({ name: options.name, address, enabled, ...wishes(options) });
  const answer = await api.ask({ method: "POST", path: storePath("channels", id), body });
  if (out.asJson) return out.raw(answer.text);
  out.line(`Changed ${printable(options.name ?? name)}.`);
}

async function remove({ api, out }: Session, { id, name }: Channel, { reason, ticket }: Options): Promise<void> {
  const answer = await api.ask({
    method: "POST",
    path: storePath("channels", id, "remove"),
    body: JSON.stringify({ reason, ticket }),
  });
  if (out.asJson) return out.raw(answer.text);
  out.line(`Removed ${printable(name)}.`);
}

async function test({ api, out, end }: Session, { id, name }: Channel, { reason, ticket }: Options): Promise<void> {
  const answer = await api.ask({
    method: "POST",
    path: storePath("channels", id, "test"),
    body: JSON.stringify({ reason, ticket }),
  });
  const { sent, observed, delivery } = answer.json() as {
    sent: boolean;
    observed: boolean;
    delivery: { error: string | null } | null;
  };
  if (!sent) end(75);
  if (out.asJson) return out.raw(answer.text);
  const why = observed ? (delivery?.error ?? "no reason is known") : "no worker has taken it up yet";
  out.line(
    sent
      ? `${printable(name)} has taken the test notice.`
      : `The test notice did not reach ${printable(name)}: ${printable(why)}.`,
  );
}

function wishes({ severity, states, reason, ticket }: Options) {
  return { leastSeverity: severity, states: states?.split(",").map((state) => state.trim()), reason, ticket };
}

type Address = { readonly kind: string; readonly secret?: string; readonly [field: string]: unknown };

async function addressOf(
  { stdin }: Session,
  { kind, address, secret, from, to }: Options,
): Promise<Address | undefined> {
  if (kind === undefined && address === undefined) return undefined;
  if (kind === undefined || address === undefined) throw usage("Say both --kind and --address.");
  const url = address === "-" ? (await readLine(stdin)).trim() : address;
  if (kind === "webhook")
    return { kind, url, secret: secret ?? `whsec_${randomBytes(32).toString("base64")}` } as Address;
  return (kind === "email" ? { kind, url, from, to } : { kind, url }) as Address;
}

async function readLine(input: AsyncIterable<unknown>): Promise<string> {
  let text = "";
  for await (const part of input) text += String(part);
  return text.split("\n")[0] ?? "";
}

import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { clock, count } from "@/bin/cli/format";
import { printable, printableJson } from "@/bin/cli/printable";
import type { OpenSession, Session } from "@/bin/cli/session";

type Volume = { readonly version: number; readonly events: number; readonly lastAt: string };
type Row = {
  readonly type: string;
  readonly known: string;
  readonly versions: readonly number[];
  readonly seen: readonly Volume[];
  readonly unreadable: readonly number[];
  readonly verdict: string | null;
};
type Version = {
  readonly version: number;
  readonly current: boolean;
  readonly readable: boolean;
  readonly fingerprint: string | null;
  readonly verdict: string | null;
  readonly advice: string | null;
  readonly volume: Volume | null;
  readonly schema: unknown;
  readonly becomes: readonly { readonly type: string; readonly version: number }[];
};

/** `tidemark schema`: event types with what the log holds of them; one type; one version with its JSON Schema. */
export function addSchema(program: Command, open: OpenSession): void {
  program
    .command("schema")
    .description(
      "event types: versions, volumes, whether released forms are kept; or one type; or one version's schema",
    )
    .argument("[type]", "an event type")
    .argument("[version]", "one of its versions")
    .option("--after <type>", "begin the list after this type")
    .action(async (type: string | undefined, version: string | undefined, { after }: { after?: string }) => {
      const session = open();
      if (type === undefined) await list(session, after);
      else if (version === undefined) await show(session, type);
      else await showVersion(session, type, version);
    });
}

async function list({ api, out }: Session, after: string | undefined): Promise<void> {
  const answer = await api.ask({ path: storePath("schema"), query: { after, limit: 500 } });
  if (out.asJson) return out.raw(answer.text);
  const { types, next, countedUpTo, highWater } = answer.json() as {
    types: readonly Row[];
    next: string | null;
    countedUpTo: string;
    highWater: string;
  };
  out.table(
    ["EVENT TYPE", "CODE", "READS", "EVENTS", "UNREADABLE", "VERDICT"],
    types.map((row) => [
      printable(row.type),
      row.known,
      row.versions.join(", "),
      row.seen.map(({ version, events }) => `v${version}: ${count(events)}`).join("  "),
      row.unreadable.map((version) => `v${version}`).join(", "),
      row.verdict ?? "",
    ]),
  );
  if (countedUpTo !== highWater) out.note(`Counted up to #${count(countedUpTo)} of #${count(highWater)}.`);
  if (next !== null) out.note(`More with --after ${printable(next)}`);
}

async function show({ api, out }: Session, type: string): Promise<void> {
  const answer = await api.ask({ path: storePath("schema", type) });
  if (out.asJson) return out.raw(answer.text);
  const page = answer.json() as {
    known: string;
    versions: readonly Version[];
    personal: readonly { path: string }[];
    readers: readonly { kind: string; name: string; as: readonly string[] }[];
  };
  out.line(`${out.colours.bold(printable(type))}  ${page.known}`);
  out.table(
    ["VERSION", "EVENTS", "LAST", "BECOMES", "FINGERPRINT", "VERDICT"],
    page.versions.map(({ version, current, volume, becomes, fingerprint, verdict }) => [
      `v${version}${current ? " (current)" : ""}`,
      volume ? count(volume.events) : "0",
      volume ? clock(volume.lastAt) : "",
      becomes.map((to) => (to.type === type ? `v${to.version}` : `${printable(to.type)} v${to.version}`)).join(" + "),
      fingerprint ?? "not recorded",
      verdict ?? "not in the code",
    ]),
    [1],
  );
  for (const { advice } of page.versions) if (advice !== null) out.note(advice);
  if (page.personal.length > 0) out.line(`Personal: ${page.personal.map(({ path }) => printable(path)).join(", ")}`);
  for (const { kind, name, as } of page.readers) {
    const through = as.includes(type) ? "" : ` as ${as.map(printable).join(" and ")}`;
    out.line(`Read by ${kind} ${printable(name)}${through}`);
  }
}

async function showVersion({ api, out }: Session, type: string, version: string): Promise<void> {
  const answer = await api.ask({ path: storePath("schema", type, version.replace(/^v/, "")) });
  if (out.asJson) return out.raw(answer.text);
  const found = answer.json() as Version;
  if (found.schema === null) out.line("The form of this version is not recorded.");
  else out.line(printableJson(JSON.stringify(found.schema, null, 2)));
  if (found.advice !== null) out.note(found.advice);
}

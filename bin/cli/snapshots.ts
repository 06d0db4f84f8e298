import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { usage } from "@/bin/cli/cli-error";
import { clock, count, duration } from "@/bin/cli/format";
import { printable } from "@/bin/cli/printable";
import type { OpenSession, Session } from "@/bin/cli/session";

type Row = {
  readonly stream: string;
  readonly version: number;
  readonly gap: number;
  readonly bytes: number;
  readonly foldMs: number;
  readonly state: string;
  readonly takenAt: string;
  readonly verifiedAt: string | null;
};

type Fault = {
  readonly stream: string;
  readonly version: number;
  readonly fault: string;
  readonly healedAt: string | null;
};

/** Why it is done, for the audit. */
type Said = { readonly reason?: string | undefined; readonly ticket?: string | undefined };
type Options = Said & { readonly category?: string; readonly cursor?: string };

const ACTS = ["take", "verify", "drop"];

/** `tidemark snapshots`: all of them, or an act on those of a stream or a category. */
export function addSnapshots(program: Command, open: OpenSession): void {
  program
    .command("snapshots")
    .description(
      "streams that have snapshots; or take, verify or drop those of a stream; or verify those of a category",
    )
    .argument("[act]", "`take`, `verify` or `drop`")
    .argument("[stream]", "the stream, as `inventory-MUG-01`; for `verify` a category, too, with --category")
    .option("--category <name>", "only of this category")
    .option("--cursor <stream>", "go on after this stream")
    .option("--reason <text>", "why, for whoever looks next")
    .option("--ticket <id>", "the ticket it belongs to, for the audit")
    .action(async (act: string | undefined, stream: string | undefined, options: Options) => {
      if (act !== undefined && !ACTS.includes(act)) {
        throw usage(`Snapshots can be told to \`take\`, \`verify\` or \`drop\`, not to ${act}.`);
      }
      const session = open();
      const { reason, ticket } = options;
      if (act === undefined) return list(session, options);
      if (act === "verify" && stream === undefined && options.category !== undefined) {
        return verifyCategory(session, options.category, { reason, ticket });
      }
      if (stream === undefined) throw usage(`Name the stream: \`tidemark snapshots ${act} inventory-MUG-01\`.`);
      return tell(session, act, stream, { reason, ticket });
    });
}

async function list({ api, out }: Session, { category, cursor }: Options): Promise<void> {
  const answer = await api.ask({ path: storePath("snapshots"), query: { category, cursor } });
  if (out.asJson) return out.raw(answer.text);
  const { snapshots, faults, next } = answer.json() as {
    readonly snapshots: readonly Row[];
    readonly faults: readonly Fault[];
    readonly next: string | null;
  };
  if (snapshots.length === 0) out.line("No stream has a snapshot yet.");
  else {
    out.table(
      ["STREAM", "VERSION", "BEHIND", "BYTES", "FOLDED IN", "STATE", "TAKEN (UTC)", "VERIFIED (UTC)"],
      snapshots.map(({ stream, version, gap, bytes, foldMs, state, takenAt, verifiedAt }) => [
        ...[stream, count(version), count(gap), count(bytes), duration(foldMs), state, clock(takenAt)],
        verifiedAt === null ? "" : clock(verifiedAt),
      ]),
      [1, 2, 3, 4],
    );
  }
  const open = faults.filter(({ healedAt }) => healedAt === null);
  for (const { stream, version, fault } of open) out.note(`${printable(stream)} at version ${version}: ${fault}`);
  if (next !== null) out.note(`More with --cursor ${printable(next)}`);
}

async function tell({ api, out }: Session, act: string, stream: string, said: Said): Promise<void> {
  const answer = await api.ask({
    method: "POST",
    path: storePath("streams", stream, "snapshots", act),
    body: JSON.stringify(said),
  });
  if (out.asJson) return out.raw(answer.text);
  out.line(sentenceOf(act, stream, answer.json()));
}

function sentenceOf(act: string, stream: string, answer: unknown): string {
  const name = printable(stream);
  if (act === "drop") return `Dropped ${count((answer as { dropped: number }).dropped)} of ${name}.`;
  if (act === "take") {
    const { versions, stopped } = answer as { versions: readonly number[]; stopped: { reason: string } | null };
    const why = stopped === null ? "" : ` It ended there: ${printable(stopped.reason)}.`;
    return versions.length === 0
      ? `${name} has them all already.${why}`
      : `Took ${name} at ${versions.join(", ")}.${why}`;
  }
  const { same, wrong } = answer as { same: readonly number[]; wrong: readonly { version: number; fault: string }[] };
  const faults = wrong.map(({ version, fault }) => `version ${version} (${fault})`).join(", ");
  return `${count(same.length)} of ${name} are right${faults ? `; taken away: ${faults}` : ""}.`;
}

async function verifyCategory({ api, out }: Session, category: string, said: Said): Promise<void> {
  const answer = await api.ask({
    method: "POST",
    path: storePath("snapshots", "verify"),
    body: JSON.stringify({ category, ...said }),
  });
  if (out.asJson) return out.raw(answer.text);
  const { run } = answer.json() as { run: { id: string } };
  out.line(`Run ${run.id} verifies the snapshots of ${printable(category)}. Look with \`tidemark runs ${run.id}\`.`);
}

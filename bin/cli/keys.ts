import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { exitCode } from "@/bin/cli/exit-code";
import { clock, count } from "@/bin/cli/format";
import { printable } from "@/bin/cli/printable";
import { followRun, type Run, rate } from "@/bin/cli/runs";
import type { OpenSession, Session } from "@/bin/cli/session";

type Counted = { readonly keys: number; readonly more: boolean };

type Status =
  | { readonly state: "off" }
  | { readonly state: "down"; readonly why: string }
  | {
      readonly state: "ready";
      readonly sealing: boolean;
      readonly identity: string;
      readonly since: string;
      readonly live: Counted;
      readonly destroyed: Counted;
      readonly keks: readonly Kek[];
    };

type Kek = Counted & {
  readonly id: string;
  readonly keeper: string | null;
  readonly given: boolean;
  readonly newest: boolean;
  readonly secret: boolean;
};

/** `tidemark keys`: how the key store of personal fields stands, and the rotation of its key-encryption keys. */
export function addKeys(program: Command, open: OpenSession): void {
  const keys = program
    .command("keys")
    .description(
      "the key store of personal fields: what is in it, its key-encryption keys by id; ends with 75 when it does not answer",
    )
    .action(() => status(open()));
  keys
    .command("rotate")
    .description("begin a run that wraps every key under the newest key-encryption key")
    .option("--follow", "stay with the run until it ends; the exit code tells how it did")
    .option("--per-second <n>", "wrap no more keys a second")
    .option("--reason <text>", "why, for the audit")
    .option("--ticket <id>", "the ticket it belongs to, for the audit")
    .action((options: Options) => rotate(open(), options));
}

type Options = {
  readonly follow?: boolean;
  readonly perSecond?: string;
  readonly reason?: string;
  readonly ticket?: string;
};

async function status({ api, out, end }: Session): Promise<void> {
  const answer = await api.ask({ path: storePath("keys") });
  const found = answer.json() as Status;
  if (found.state === "down") end(exitCode.tryAgain);
  if (out.asJson) return out.raw(answer.text);
  if (found.state === "off") return out.line("There is no key store: personal fields are not sealed.");
  if (found.state === "down") return out.line(printable(found.why));
  out.line(`Key store  ${printable(found.identity)}, since ${clock(found.since)}`);
  out.line(
    `Sealing    ${found.sealing ? "new events are sealed" : "off: personal fields of new events are stored in plain text"}`,
  );
  out.line(`Keys       ${counted(found.live)} live, ${counted(found.destroyed)} destroyed`);
  out.table(
    ["KEY-ENCRYPTION KEY", "KEYS", "IN", "IS"],
    found.keks.map((kek) => [printable(kek.id), counted(kek), printable(kek.keeper ?? "-"), standing(kek)]),
    [1],
  );
}

async function rotate(session: Session, { follow, perSecond, reason, ticket }: Options): Promise<void> {
  const answer = await session.api.ask({
    ...{
      method: "POST",
      path: storePath("keys", "rotate"),
      body: JSON.stringify({ reason, ticket, ...(perSecond && { perSecond: rate(perSecond) }) }),
    },
  });
  const { run } = answer.json() as { run: Run };
  if (follow) {
    await followRun(session, run.id);
    return;
  }
  if (session.out.asJson) return session.out.raw(answer.text);
  session.out.line(`Run ${run.id} begins. Watch it with \`tidemark runs ${run.id} --follow\`.`);
}

function counted({ keys, more }: Counted): string {
  return `${count(keys)}${more ? " or more" : ""}`;
}

function standing({ given, newest, keys, secret }: Kek): string {
  if (!given) return "MISSING: what is under it cannot be opened";
  if (newest) return "the newest, wraps new keys";
  if (keys > 0) return "older, still needed";
  return secret ? "older, still needed for the secret of the digests: rotate" : "older, not needed";
}

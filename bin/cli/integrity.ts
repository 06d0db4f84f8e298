import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { checkNote, readCheckpoint } from "@/bin/cli/checkpoint-file";
import { exitCode } from "@/bin/cli/exit-code";
import { clock, count, duration } from "@/bin/cli/format";
import { printable } from "@/bin/cli/printable";
import type { OpenSession, Session } from "@/bin/cli/session";
import { fromBase64 } from "@/lib/kernel/bytes-text";
import { checkInclusion, type InclusionAnswer } from "@/lib/kernel/check-inclusion";
import { isConsistent } from "@/lib/kernel/merkle-proof";

type Checkpoint = {
  readonly size: number;
  readonly position: string;
  readonly root: string;
  readonly signedAt: string;
  readonly note: string;
};

type Status = {
  readonly origin: string | null;
  readonly keys: readonly { readonly verifier: string; readonly since: string; readonly fromSize: number }[];
  readonly offers: readonly { readonly verifier: string; readonly worker: string }[];
  readonly size: number;
  readonly position: string;
  readonly highWater: string;
  readonly latest: Checkpoint | null;
  readonly agrees: boolean | null;
  readonly unsigned: { readonly ageMs: number; readonly events: number; readonly more: boolean };
  readonly witnesses: readonly {
    readonly name: string;
    readonly size: number | null;
    readonly publishedAt: string | null;
    readonly failures: number;
    readonly error: string | null;
    readonly alive: boolean;
  }[];
  readonly alarm: {
    readonly since: string;
    readonly faults: number;
    readonly what: string;
    readonly run: string | null;
  } | null;
  readonly builder: string | null;
};

/** `tidemark integrity`: how the Merkle log stands, its checkpoints, and proofs that are checked here, not there. */
export function addIntegrity(program: Command, open: OpenSession): void {
  const integrity = program
    .command("integrity")
    .description("the Merkle log over all events: how it stands, signed checkpoints to keep, and proofs")
    .action(() => status(open()));
  integrity
    .command("checkpoint")
    .description(
      "print a signed checkpoint note, the latest or that of a size; keep it where the database's owner cannot reach",
    )
    .argument("[size]", "a number of leaves")
    .action((size: string | undefined) => checkpoint(open(), size));
  integrity
    .command("checkpoints")
    .description("signed checkpoints, the latest first")
    .option("--cursor <size>", "go on below this size")
    .option("--limit <n>", "rows of a page")
    .action((options: { cursor?: string; limit?: string }) => list(open(), options));
  integrity
    .command("settle")
    .description("settle the alarm that history was changed: what was found is known, and stays")
    .requiredOption("--reason <text>", "why, for the audit")
    .option("--ticket <id>", "the ticket it belongs to, for the audit")
    .action((options: { reason: string; ticket?: string }) => settle(open(), options));
  integrity
    .command("begin-key")
    .description("begin a new signing key in the place of the one that signs now, which never signs again")
    .argument("<key>", "its public half, as `tidemark integrity` shows it: name+id+key")
    .requiredOption("--reason <text>", "why, for the audit")
    .option("--ticket <id>", "the ticket it belongs to, for the audit")
    .option("--confirm <id>", "the key's id, typed, where the store asks for it")
    .action((key: string, options: { reason: string; ticket?: string; confirm?: string }) =>
      beginKey(open(), { key, ...options }),
    );
  integrity
    .command("prove")
    .description(
      "prove that an event is as a checkpoint was signed over it; recomputed here; ends with 65 when it is not",
    )
    .argument("<event>", "the event's id, or its position")
    .option("--key <keys...>", "the public keys that you kept; the one the server tells when absent")
    .action((event: string, { key }: { key?: readonly string[] }) => prove(open(), event, key));
  integrity
    .command("consistency")
    .description("prove that history only grew since a checkpoint that you kept; ends with 65 when it did not")
    .argument("<file>", "the checkpoint note that you kept")
    .option("--key <keys...>", "the public keys that you kept; those the server tells when absent")
    .action((file: string, { key }: { key?: readonly string[] }) => consistency(open(), file, key));
}

async function status({ api, out, end }: Session): Promise<void> {
  const answer = await api.ask({ path: storePath("integrity") });
  const found = answer.json() as Status;
  if (found.agrees === false || found.alarm !== null) end(exitCode.data);
  if (out.asJson) return out.raw(answer.text);
  const { latest, unsigned, alarm } = found;
  if (alarm !== null) {
    const by = alarm.run === null ? "the builder" : `run ${alarm.run}`;
    out.line(
      `CHANGED     ${plainFaults(alarm.faults)}, found ${clock(alarm.since)} by ${by}: ${printable(alarm.what)}`,
    );
  }
  out.line(`Log         ${printable(found.origin ?? "no key yet: no worker has run")}`);
  for (const { verifier, since, fromSize } of found.keys) {
    const from = fromSize === 0 ? "" : `, after ${count(fromSize)} leaves`;
    out.line(`Key         ${printable(verifier)}, since ${clock(since)}${from}`);
  }
  for (const { verifier, worker } of found.offers) {
    out.line(`Other key   ${printable(verifier)}, of worker ${printable(worker)}; it signs nothing until you begin it`);
  }
  out.line(`Leaves      ${count(found.size)}, up to position ${found.position} of ${found.highWater}`);
  out.line(
    latest === null
      ? "Checkpoint  none yet"
      : `Checkpoint  ${count(latest.size)} leaves, position ${latest.position}, signed ${clock(latest.signedAt)}`,
  );
  if (latest !== null) out.line(`Agreement   ${AGREEMENT[String(found.agrees)]}`);
  const behind = `${count(unsigned.events)}${unsigned.more ? " or more" : ""} events, the oldest ${duration(unsigned.ageMs)} old`;
  out.line(`Unsigned    ${unsigned.events === 0 ? "nothing" : behind}`);
  for (const { name, size, publishedAt, failures, error, alive } of found.witnesses) {
    const has = size === null ? "has nothing yet" : `has ${count(size)} leaves, since ${clock(publishedAt ?? "")}`;
    const trouble =
      error === null ? (alive ? "" : "; no worker publishes to it") : `; failed ${failures} times: ${error}`;
    out.line(`Witness     ${printable(`${name}: ${has}${trouble}`)}`);
  }
  out.line(`Built by    ${printable(found.builder ?? "nobody now: no worker with the log's key runs")}`);
}

async function beginKey({ api, out }: Session, body: { key: string; reason: string }): Promise<void> {
  const answer = await api.ask({ method: "POST", path: storePath("integrity", "keys"), body: JSON.stringify(body) });
  if (out.asJson) return out.raw(answer.text);
  const { key, replaces, fromSize } = answer.json() as { key: string; replaces: string; fromSize: number };
  out.line(
    `${printable(key)} signs what is larger than ${count(fromSize)} leaves, in the place of ${printable(replaces)}.`,
  );
}

const plainFaults = (faults: number) => (faults === 1 ? "1 fault" : `${count(faults)} faults`);

async function settle({ api, out }: Session, options: { reason: string; ticket?: string }): Promise<void> {
  const answer = await api.ask({
    ...{ method: "POST", path: storePath("integrity", "alarm", "settle"), body: JSON.stringify(options) },
  });
  if (out.asJson) return out.raw(answer.text);
  out.line(`Settled ${(answer.json() as { settled: number }).settled}. Whoever finds the same again raises it again.`);
}

const AGREEMENT: Readonly<Record<string, string>> = {
  true: "the tree as it is stored has the root that was signed",
  false: "BROKEN: the tree as it is stored does not have the root that was signed; run `tidemark verify`",
  null: "unknown: the tree cannot be read; run `tidemark verify`",
};

async function checkpoint({ api, out }: Session, size: string | undefined): Promise<void> {
  if (size === undefined && !out.asJson) {
    const answer = await api.ask({ path: storePath("integrity", "checkpoint") });
    return out.line(answer.text.trimEnd());
  }
  const which = size ?? ((await api.ask({ path: storePath("integrity") })).json() as Status).latest?.size;
  const answer = await api.ask({ path: storePath("integrity", "checkpoints", String(which ?? "none")) });
  if (out.asJson) return out.raw(answer.text);
  out.line((answer.json() as Checkpoint).note.trimEnd());
}

async function list({ api, out }: Session, query: { cursor?: string; limit?: string }): Promise<void> {
  const answer = await api.ask({ path: storePath("integrity", "checkpoints"), query });
  if (out.asJson) return out.raw(answer.text);
  const { checkpoints, next } = answer.json() as { checkpoints: readonly Checkpoint[]; next: string | null };
  if (checkpoints.length === 0) return out.line("No checkpoint yet.");
  out.table(
    ["LEAVES", "POSITION", "SIGNED (UTC)", "ROOT"],
    checkpoints.map(({ size, position, signedAt, root }) => [count(size), position, clock(signedAt), root]),
    [0, 1],
  );
  if (next !== null) out.note(`More: tidemark integrity checkpoints --cursor ${next}`);
}

/** The leaf is made of the event as the server shows it, so a proof that fits says that this event is the one. */
async function prove(session: Session, which: string, given: readonly string[] | undefined): Promise<void> {
  const { api, out, end } = session;
  const by = /^\d+$/.test(which) ? { position: which } : { event: which };
  const proof = (await api.ask({ path: storePath("integrity", "inclusion"), query: by })).json() as Inclusion;
  const shown = await api.ask({ path: storePath("events", proof.id) });
  if (given === undefined) out.note(TOLD);
  const keys = given ?? [proof.key ?? ""];
  const verdicts = await Promise.all(
    keys.map(async (key) => ({ key, ...(await checkInclusion(shown.text, proof, key)) })),
  );
  const { leaf, fits, size, signed, key } = verdicts.find((verdict) => verdict.signed) ?? verdicts[0] ?? NO_VERDICT;
  const signer = signed ? key : keys.join(" or ");
  const holds = fits && signed === true;
  if (!holds) end(exitCode.data);
  if (out.asJson) return out.raw(JSON.stringify({ holds, ...proof, leaf, signedBy: signed ? signer : null }));
  out.line(`Event       ${proof.id}, position ${proof.position}, leaf ${count(proof.index)}`);
  out.line(`Leaf        ${leaf}, recomputed here from the event`);
  out.line(`Checkpoint  ${count(size ?? 0)} leaves, ${signed ? "signed by" : "NOT signed by"} ${printable(signer)}`);
  out.line(
    fits
      ? `Proof       holds, with ${proof.path.length} hashes`
      : "Proof       does NOT hold: this is not the event that was recorded",
  );
}

type Inclusion = InclusionAnswer & { readonly id: string; readonly position: string; readonly key: string | null };

const NO_VERDICT = { leaf: "", fits: false, size: null, signed: false, key: "" };

async function consistency(session: Session, file: string, given: readonly string[] | undefined): Promise<void> {
  const { api, out, end } = session;
  const keys = given ?? (await keysOf(session));
  const held = await readCheckpoint(file, keys);
  const answer = await api.ask({ path: storePath("integrity", "consistency"), query: { from: held.size } });
  const { to, path, note } = answer.json() as { to: number; path: readonly string[]; note: string | null };
  const latest = await checkNote(note ?? "", keys, "the server");
  const hashes = path.map((hash) => fromBase64(hash, "hash"));
  const holds =
    latest.origin === held.origin &&
    latest.size === to &&
    (await isConsistent({ from: held.size, to, fromRoot: held.root, toRoot: latest.root, path: hashes }));
  if (!holds) end(exitCode.data);
  if (out.asJson) return out.raw(JSON.stringify({ holds, from: held.size, to, signedBy: latest.signedBy }));
  out.line(
    holds
      ? `Consistent: the log of ${count(to)} leaves begins with the ${count(held.size)} that your checkpoint was signed over.`
      : `NOT consistent: of the ${count(held.size)} leaves that your checkpoint was signed over, some were changed, removed or inserted. Run \`tidemark verify --checkpoint ${file} --follow\`: it says where.`,
  );
}

const TOLD =
  "The key is the one that the server tells. Whoever may have changed the log may tell another: give the one you kept with --key.";

async function keysOf({ api, out }: Session): Promise<readonly string[]> {
  const { keys } = (await api.ask({ path: storePath("integrity") })).json() as Status;
  out.note(TOLD);
  return keys.map(({ verifier }) => verifier);
}

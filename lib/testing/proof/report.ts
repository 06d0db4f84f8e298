import { AUDIT_COUNT } from "@/lib/testing/proof/audit";
import { provenSteps } from "@/lib/testing/proof/fates";
import { anomalies } from "@/lib/testing/proof/history/anomalies";
import { type CommitKind, commitKinds } from "@/lib/testing/proof/proxy/client-side";
import type { ProofResult } from "@/lib/testing/proof/run";
import { sum } from "@/lib/testing/proof/tally";
import { deedNames } from "@/lib/testing/proof/verdict";

const CUTS: Readonly<Record<CommitKind, string>> = {
  appends: "appends alone, one statement each,",
  transactions: "commits of appends in transactions",
  imports: "commits of imports",
  consumers: "commits of consumers, with their effects,",
  processes: "commits of process steps, with the commands that they sent,",
  runs: "commits of steps of runs",
  rebuilds: "commits of rebuilds",
};

/** RELIABILITY.md: what the last proof did, what it found, and what it cannot say. */
export function reliabilityPage(result: ProofResult): string {
  const { goal, tally, verdicts, findings, seed, commit, machine, startedAt, seconds } = result;
  const kills = sum(tally.killed);
  const cuts = sum(tally.cuts);
  const events = verdicts.reduce((total, verdict) => total + verdict.events, 0);
  const operations = verdicts.reduce((total, verdict) => total + verdict.operations, 0);
  const unknown = verdicts.reduce((total, verdict) => total + verdict.unknown, 0);
  const number = (value: number) => value.toLocaleString("en-GB");
  const bound = (n: number) => `${((3 / n) * 100).toPrecision(2)} %`;
  return `# Reliability

Written by \`npm run proof\`. Do not edit it: run the proof again.

## What the last proof found

${findings.length === 0 ? "**Nothing lost, doubled, skipped or reordered.**" : `**${findings.length} findings**, listed at the end.`} ${number(kills)} processes killed, ${number(tally.frozen)} frozen past their leases and thawed, ${number(events)} events appended, ${number(cuts)} commits cut off; ${number(operations)} operations of clients and readers checked, among them ${number(unknown)} appends whose outcome their client never learnt.

| what was done | how often |
| --- | --- |
| workers killed by SIGKILL | ${number(tally.killed.worker)} |
| writers killed | ${number(tally.killed.writer)} |
| importers killed | ${number(tally.killed.importer)} |
| backends of the server killed, each time with a crash recovery | ${number(tally.killed.backend)} |
| postmasters killed | ${number(tally.killed.postmaster)} |
| processes frozen by SIGSTOP until their leases were another's, then thawed | ${number(tally.frozen)} |
| lives of processes whose clock was wrong by up to an hour, and jumped | ${number(tally.wrongClocks)} |
${commitKinds.map((kind) => `| ${CUTS[kind]} cut off | ${number(tally.cuts[kind])} |`).join("\n")}
${deedNames.map((deed) => `| ${deed} | ${number(verdicts.reduce((total, { deeds }) => total + deeds[deed], 0))} |`).join("\n")}

Aimed at: ${number(goal.kills)} kills, ${number(goal.events)} events, ${number(goal.cuts)} cut commits (a whole proof: 1,000, 1,000,000, 1,500). Seed ${seed}, commit ${commit}, ${startedAt.slice(0, 16).replace("T", " ")} UTC, ${number(seconds)} s. ${machine}. To see it again: \`npm run proof -- --seed ${seed}\`; the seed repeats every choice (who is killed, where, what is written), not the scheduling of the machine.

## What is checked

Every client notes each append before it sends it and when it is answered: _ok_, _refused_, or _nobody knows_, which may have left one copy or none. Readers note every page, look-outs every checkpoint with the mark of the same moment. When all is at rest, the whole history is checked for these, in the manner of Jepsen's workload for Kafka:

| code | anomaly |
| --- | --- |
${Object.entries(anomalies)
  .map(([code, says]) => `| ${code} | ${says} |`)
  .join("\n")}

Besides, ${AUDIT_COUNT} statements of SQL look for contradictions in each store, among them the leaf hash of each seventh event, every read model is compared with the fold of the whole log but for what an operator gave up, every comparison of a rebuild must have found its rows equal, every job of the process manager must have come to its end once, and what operators were told must be in their audit. The checker itself is tested by spoiling good histories in every way it must see, and by fourteen stores that are broken on purpose (\`lib/testing/proof/history\`, \`lib/testing/proof/broken\`).

## Where processes were made to fail

Some kills happen at a random time, some at a named step of the code. Each step was hit:

| step | times |
| --- | --- |
${provenSteps.map((label) => `| \`${label}\` | ${tally.hits.get(label) ?? 0} |`).join("\n")}

## Faults that are part of it

Death of any process of Tidemark and of PostgreSQL at any moment, frozen processes that wake up late, connections that break at any byte of a commit or of its answer, clocks of processes that are wrong by up to an hour and jump, builds that cannot apply some events and set them aside, an operator who retries, skips, rebuilds, promotes, goes back, cancels and retires meanwhile, clients that send the same request again or twice at once, writers that race for a version, appends to several streams at once.

## What it does not say

- None in n bounds the rate of failures, it does not make it zero: below ${bound(kills)} a kill and ${bound(cuts)} a cut commit, at 95 % (3/n).
- \`kill -9\` is no power cut. What the operating system has taken from PostgreSQL survives it, so the proof runs with \`fsync\` off; what survives a power cut rests on PostgreSQL, on \`fsync\`, and on disks that keep their word. Tidemark insists on \`synchronous_commit\` and leaves \`fsync\` on.
- Full disks are a test of their own (\`lib/subscriptions/disk-full.pg.test.ts\`). A wrong clock of the database's own host, damaged pages, failing networks between several hosts, poolers between Tidemark and PostgreSQL, and failover to a standby are not part of it. Order never rests on clocks: leases ask the database's, and epochs decide.
- Clients, workers and server share one machine; the schedules of larger ones may differ.
- After the server is killed, checkpoints of consumers may go back: their commits do not wait for the disk, effects go back with them, and both are done again. That is by design, and the proof allows for it there and nowhere else.
${findings.length === 0 ? "" : `\n## Findings\n\n${findings.map((finding) => `- ${finding.slice(0, 1_000)}`).join("\n")}\n`}`;
}

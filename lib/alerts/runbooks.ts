import { type RuleName, ruleNames, ruleOf } from "@/lib/alerts/rules";

/** What somebody who was woken by a rule needs to know, in the order in which they need it. */
export type Runbook = {
  readonly means: string;
  readonly look: readonly string[];
  readonly press: readonly string[];
};

const RUNBOOKS: Readonly<Record<RuleName, Runbook>> = {
  "history-changed": {
    means:
      "Events, the Merkle log or its checkpoints are not what was recorded or signed: somebody changed the database past Tidemark, it was taken back to an earlier state, or its disk failed. Nothing more is signed that contradicts a checkpoint. The alert stays until a verification that begins after it finds nothing, or until an operator settles it.",
    look: [
      "The first fault and its positions on the alert's page; the verification's log names all of them.",
      "Whether an old backup was restored on purpose: then the log ends before a checkpoint that was held.",
      "Checkpoints that you held outside: `tidemark verify --checkpoint FILE` says since when. Who can write to the database, and the server's own log of that time.",
    ],
    press: [
      "Keep the evidence: take a copy of the database before anything is mended.",
      "Verify: it compares every event. What was changed is brought back from a backup; then verify again.",
      "Settle, with a reason, when what was found is known and stays. An old backup that was restored on purpose: take the file `checkpoint-note` out of the data folder first.",
    ],
  },
  "history-unsigned": {
    means:
      "Events are stored and no checkpoint speaks of them: no worker with the log's key runs, or building the Merkle log is behind. Nothing is lost; but what is changed before it is signed, nobody can prove.",
    look: [
      "Built by, on the page Integrity: nobody, or a worker that is behind.",
      "The log of the workers: one with another key than the log's names both keys.",
    ],
    press: [
      "Give the workers the log's key: the file `signing-key` of the data folder, or TIDEMARK_SIGNING_KEY.",
      "If the key is lost, begin a new one on the page Integrity.",
    ],
  },
  "high-water-held": {
    means:
      "Events were stored that nobody may read yet: a transaction that draws positions is still open, or no worker moves the mark. Appends are safe; every read model, process and live view stands still from there on.",
    look: [
      "The holder on the alert's page: its process id, its application, how long its transaction and its last statement have taken. `idle in transaction` is a client that forgot to commit.",
      "Without a holder: whether a worker runs at all, and whether the console says that the mark is not kept.",
    ],
    press: [
      "Let the application that owns the session commit or roll back, or stop it.",
      "If it cannot be reached: `select pg_terminate_backend(pid)` as the database's owner. Its appends are rolled back and were never acknowledged.",
    ],
  },
  "worker-missing": {
    means:
      "Partitions of a running consumer are held by no worker, or fewer workers are at work than are expected. What they feed stands still; nothing is lost, they go on from their checkpoints.",
    look: [
      "Workers on the overview: which one has gone without a word, and on which host.",
      "The log of the worker: a refused start names its reason.",
    ],
    press: [
      "Start a worker: `npm run worker` with the same DATABASE_URL.",
      "If fewer are wanted for good, say so: `tidemark alerts set worker-missing workers=1`.",
    ],
  },
  "consumer-stalled": {
    means:
      "A consumer has events to apply and no checkpoint has moved: it fails on one event again and again, waits for a lock, or was stopped by its own breaker after too many failures.",
    look: [
      "The event on the alert's page: it is the oldest that has no effect yet, or the one that fails.",
      "The errors and the partitions of the projection: one that fails tells why, one that waits has none.",
      "Sessions that wait for a lock in `pg_stat_activity`.",
    ],
    press: [
      "Correct the code and deploy it, or put right what it stumbles over; it goes on by itself.",
      "Stopped by its breaker: press Resume when the cause is gone.",
    ],
  },
  "dead-letters-parked": {
    means:
      "Events could not be applied after several attempts and are set aside; later events of the same streams wait behind them, in order. The read model lacks them, everything else goes on.",
    look: [
      "The cause: error, payload path, what was tried, how many streams wait.",
      "The event itself, one press from the alert, and its trace.",
    ],
    press: [
      "Test first: a dry run with today's code says whether a retry would pass.",
      "Retry what passes; correct the code for what does not. Skip only what must never be applied, with a reason.",
    ],
  },
  "lag-over-objective": {
    means:
      "A consumer is later than was promised for so much of the time that its error budget of 30 days is spent far too fast. Over 1 h and 5 min it is critical, over 6 h and 30 min a warning.",
    look: [
      "The event at which it stands, which the alert opens: one that fails, or a stream with very many events.",
      "The lag of the projection: since when, and whether it is falling behind or catching up.",
      "Its partitions: one that is far behind the others has a hot stream; all alike is a lack of speed.",
      "Rates in and out: a burst passes by itself, a steady excess does not.",
    ],
    press: [
      "Split the partition that is behind, or add a worker.",
      "If the promise was wrong, change it: Set on the SLO page. What was counted before stays.",
    ],
  },
  "append-conflicts": {
    means:
      "A large share of appends meets a version that somebody else has taken: commands decide on what is old. They are tried again, so callers wait longer and some are refused.",
    look: [
      "The stream on the alert's page: many writers of one stream are the usual cause.",
      "What changed: a new client, a retry without back-off, a process that reacts to its own events.",
    ],
    press: [
      "Slow or stop the client that writes to it.",
      "In the code: split the stream, or let one writer decide. A conflict is never data loss.",
    ],
  },
  "requests-overdue": {
    means:
      "A person asked to be forgotten, and the day by which that was to be done is over: one month by Art. 12 (3) GDPR unless the request says otherwise. Nothing is erased by itself.",
    look: [
      "The page Privacy, overdue: which step each request is at, and who asked.",
      "A request that waits for approval waits for another person than the one who asked; one that is shredding, for its run.",
    ],
    press: [
      "Approve it, or refuse it with a reason. A legal hold is released on the person's page.",
      "If more time is needed, tell the person why within the month; refuse the request here and ask again with the new day.",
    ],
  },
  "rebuild-failed": {
    means: "A rebuild ended with an error. The live read model is untouched and goes on serving.",
    look: ["The run: its error, its log, the phase it was in."],
    press: ["Correct the cause and begin it again from the projection's page."],
  },
  "rebuild-finished": {
    means: "A rebuild is done, or waits for somebody to compare and promote it.",
    look: ["The run: rows that differ between old and new."],
    press: ["Promote it, or cancel it. A promotion can be reverted while the old generation is kept."],
  },
};

/** The runbook of a rule; undefined for a name that no rule has. */
export function runbookOf(rule: string): Runbook | undefined {
  return ruleNames.includes(rule as RuleName) ? RUNBOOKS[rule as RuleName] : undefined;
}

/** A runbook as a page of Markdown: the same words as in the console. */
export function runbookPage(rule: RuleName): string {
  const { means, look, press } = RUNBOOKS[rule];
  const list = (lines: readonly string[]) => lines.map((line) => `- ${line}`).join("\n");
  return [
    `# ${ruleOf(rule)?.title} (${rule})`,
    means,
    `## What to look at\n\n${list(look)}`,
    `## What to press\n\n${list(press)}`,
    "",
  ]
    .join("\n\n")
    .replace(/\n+$/, "\n");
}

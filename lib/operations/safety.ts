import type { StoreSafety } from "@/lib/kernel/store-safety";

/**
 * How much care an act needs. S0 changes nothing; S1 is taken back by the opposite press; S2 can be put right again, with
 * work or time; S3 cannot be taken back by anybody.
 */
export type SafetyLevel = "S0" | "S1" | "S2" | "S3";

/** What a level means, in the order of care. */
export const safetyLevels: readonly { readonly level: SafetyLevel; readonly meaning: string }[] = [
  { level: "S0", meaning: "changes nothing that anybody works with" },
  { level: "S1", meaning: "is taken back by the opposite act" },
  { level: "S2", meaning: "can be put right again, with work or time" },
  { level: "S3", meaning: "cannot be taken back by anybody" },
];

/** How an act stands: its level, and how it is undone. `byClients`: it is what the store is for, and no operator's act. */
type Safety = { readonly level: SafetyLevel; readonly undo: string; readonly byClients?: true };

const s0: Safety = { level: "S0", undo: "nothing to undo" };
const s1 = (undo: string): Safety => ({ level: "S1", undo });
const s2 = (undo: string): Safety => ({ level: "S2", undo });
const s3 = (undo: string): Safety => ({ level: "S3", undo });
const forward: Safety = { ...s3("not at all: events stay; say the opposite with another"), byClients: true };

/** The level of each operation, by its name. An operation that is not listed fails a test. */
export const safety: Readonly<Record<string, Safety>> = {
  "what-if": s0,
  "try-upcast": s0,
  "check-fixture": s0,
  "dry-run-dead-letters": s0,
  "verify-log": s0,
  "verify-derived": s0,
  "begin-signing-key": s3("not at all: a key that was replaced never signs again; begin a third"),
  "settle-history-alarm": s2("verify: what is still so is told again"),
  "verify-snapshots": s0,
  "verify-category-snapshots": s0,
  "test-channel": s0,
  "send-notice-again": s2("a notice that arrived cannot be called back; it is told once more at most"),
  "send-command": forward,
  "append-events": forward,
  "import-events": forward,
  "request-shred": s1("refuse it"),
  "approve-shred": s3("not at all: the keys are destroyed, and what they sealed is forgotten"),
  "find-subject": s0,
  "look-up-value": s0,
  "reveal-personal-data": s0,
  "reveal-state": s0,
  "scan-personal": s0,
  "export-person": s1("cancel the run; its file is removed after its time"),
  "reveal-shred-subject": s0,
  "readmit-subject": s1("ask that they be forgotten again"),
  "refuse-shred": s1("request it again"),
  "set-legal-hold": s1("release it"),
  "release-legal-hold": s1("set it again, before somebody erases"),
  "rotate-keys": s1("put the key-encryption key of before last again, and rotate"),
  "begin-import": s1("cancel it; what it has stored stays"),
  "end-import": s1("begin it again"),
  "pause-projection": s1("resume it"),
  "resume-projection": s1("pause it"),
  "pause-process": s1("resume it"),
  "resume-process": s1("pause it"),
  "pause-run": s1("resume it"),
  "resume-run": s1("pause it"),
  "throttle-run": s1("take the throttle away"),
  "cancel-run": s2("begin it again from its start"),
  "rebuild-projection": s2("cancel it, or revert to the generation before"),
  "promote-run": s2("revert to the generation before, while it is kept"),
  "revert-run": s2("promote it again, or rebuild"),
  "retire-generation": s2("rebuild"),
  "split-partition": s1("merge them"),
  "merge-partitions": s1("split them"),
  "retry-dead-letters": s1("what fails again is parked again"),
  "skip-dead-letters": s3("not at all: its effect is left out until a rebuild"),
  "snooze-dead-letters": s1("wake them"),
  "wake-dead-letters": s1("snooze them"),
  "assign-dead-letters": s1("assign them to somebody else, or to nobody"),
  "nudge-process-instance": s1("nothing to undo: it would have been tried anyway"),
  "fire-process-timer": s3("not at all: the process goes on as if the time had come"),
  "cancel-process-instance": s3("not at all: it undoes what it has begun"),
  "acknowledge-alert": s1("it fires again by itself when it gets worse"),
  "silence-alert": s1("end the silence"),
  "unsilence-alert": s1("silence it again"),
  "set-alert-rule": s1("set it back"),
  "set-cooling-off": s1("set it back; requests that were made meanwhile keep theirs"),
  "set-slo": s1("set it back"),
  "add-channel": s1("remove it"),
  "change-channel": s1("change it back"),
  "remove-channel": s2("add it anew; its address and key are forgotten"),
  "take-snapshot": s1("drop it"),
  "drop-snapshots": s2("they are taken again as streams are loaded"),
  "save-view": s1("delete it"),
  "rename-view": s1("rename it back"),
  "share-view": s1("make it private again"),
  "delete-view": s1("save it again; the audit has its filter"),
  "begin-export": s1("cancel the run; its file is removed after its time"),
  "take-export": s2("a file that was taken cannot be called back; the audit says by whom"),
  "create-sign-in-link": s1("it ends by itself, or with its first use"),
  "start-traffic": s1("stop it"),
  "stop-traffic": s1("start it"),
  "poison-traffic": s1("cure it"),
};

/** What a store asks for before an act, beside what the act asks for by itself. */
export type Demand = {
  readonly reason: boolean;
  readonly ticket: boolean;
  /** The name of what it acts on, typed by the operator. */
  readonly confirm: boolean;
  /** It is not done here at all. */
  readonly locked: boolean;
};

const NOTHING: Demand = { reason: false, ticket: false, confirm: false, locked: false };

/**
 * What a store of this safety asks for before an act: nothing more for what changes nothing (S0) or is taken back at once (S1), and
 * nothing of clients that append. An act that nobody has graded counts as the gravest.
 */
export function demandOf(store: StoreSafety, name: string): Demand {
  const { level, byClients } = safety[name] ?? s3("nobody has said how");
  const grave = (level === "S2" || level === "S3") && byClients !== true;
  if (store === "open" || !grave) return NOTHING;
  if (store === "locked") return { ...NOTHING, locked: true };
  return { reason: true, ticket: level === "S3", confirm: level === "S3", locked: false };
}

/** Every act before which a store of this safety asks for something, with what it asks for. */
export function demandsOf(store: StoreSafety): Readonly<Record<string, Demand>> {
  const demands = Object.keys(safety).map((name) => [name, demandOf(store, name)] as const);
  return Object.fromEntries(demands.filter(([, demand]) => demand !== NOTHING));
}

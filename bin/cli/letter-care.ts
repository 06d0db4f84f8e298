import { storePath } from "@/bin/cli/api";
import { usage } from "@/bin/cli/cli-error";
import { writeFixture } from "@/bin/cli/fixture";
import { clock, count } from "@/bin/cli/format";
import { printable } from "@/bin/cli/printable";
import type { Session } from "@/bin/cli/session";

/** What can be said about a group of dead letters, or kept of one of them, without retrying or skipping anything. */
export const careActs = ["assign", "snooze", "wake", "fixture"] as const;

/** Of the command's options, those that these acts take. */
export type CareOptions = {
  readonly to?: string;
  readonly until?: string;
  readonly out?: string;
  readonly reason?: string;
  readonly ticket?: string;
};

type Group = {
  readonly group: string;
  readonly assignee: string | null;
  readonly snoozed: { readonly until: string; readonly by: string } | null;
};

/** Assigns, snoozes or wakes a group, or writes the stream of a letter as a fixture. */
export async function careFor(session: Session, which: string, act: string, options: CareOptions): Promise<void> {
  if (act === "fixture") return writeFixture(session, storePath("dead-letters", which, "fixture"), options.out);
  const { api, out } = session;
  const { to, until, reason, ticket } = options;
  if (act === "assign" && to === undefined) throw usage("Say to whom: --to <name>, or --to '' for nobody.");
  if (act === "snooze" && until === undefined) throw usage("Say until when: --until <time>, or --until next-deploy.");
  const own = act === "assign" ? { assignee: to } : act === "snooze" ? { until } : {};
  const answer = await api.ask({
    method: "POST",
    path: storePath("dead-letters", "groups", which, act),
    body: JSON.stringify({ ...own, reason, ticket }),
  });
  if (out.asJson) return out.raw(answer.text);
  const group = answer.json() as Group;
  out.line(`${group.group}: ${careWords(group)}.`);
}

/** Whose a group is and until when it is snoozed, in words. */
export function careWords({ assignee, snoozed }: Pick<Group, "assignee" | "snoozed">): string {
  const until = snoozed?.until === "next-deploy" ? "the next deploy" : snoozed ? `${clock(snoozed.until)} UTC` : "";
  return [
    snoozed ? `snoozed until ${until} by ${printable(snoozed.by)}` : "not snoozed",
    assignee === null ? "assigned to nobody" : `assigned to ${printable(assignee)}`,
  ].join(", ");
}

/** What skipping would do, and the hash that approves exactly this. */
export async function previewSkip({ api, out }: Session, path: string): Promise<void> {
  const answer = await api.ask({ path });
  if (out.asJson) return out.raw(answer.text);
  const { letters, streams, consumers, blocked, hash } = answer.json() as {
    readonly letters: readonly string[];
    readonly streams: number;
    readonly consumers: readonly string[];
    readonly blocked: { readonly count: number; readonly more: boolean };
    readonly hash: string;
  };
  out.line(`Skip      ${letters.length} events of ${streams} streams in ${printable(consumers.join(", "))}, for good`);
  out.line(`Behind    ${count(blocked.count)}${blocked.more ? "+" : ""} events would be applied`);
  out.line(`Approve   --approved ${hash}`);
  out.note("Nothing was changed.");
}

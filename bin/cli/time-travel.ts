import { storePath } from "@/bin/cli/api";
import { clock, count, duration } from "@/bin/cli/format";
import type { Output } from "@/bin/cli/output";
import { printable, printableJson } from "@/bin/cli/printable";
import type { Session } from "@/bin/cli/session";

/** A difference as the API tells it. */
export type WireChange = {
  readonly path: string;
  readonly kind: "added" | "removed" | "changed";
  readonly before?: unknown;
  readonly after?: unknown;
};

type Setter = {
  readonly version: number;
  readonly type: string;
  readonly recordedAt: string;
  readonly actor: string | null;
};

/** One line a difference: its sign, its path, before and after. */
export function printChanges(out: Output, changes: readonly WireChange[]): void {
  if (changes.length === 0) out.line("No difference.");
  for (const { path, kind, before, after } of changes) {
    const sign = { added: "+", removed: "-", changed: "~" }[kind];
    const values = [kind === "added" ? [] : [before], kind === "removed" ? [] : [after]].flat();
    out.line(
      `${sign} ${printable(path || "state")}: ${values.map((value) => printableJson(JSON.stringify(value))).join(" → ")}`,
    );
  }
}

/** `--diff FROM..TO`: what changed between two points, each a version or a time; without TO up to now. */
export async function showDiff({ api, out }: Session, stream: string, range: string): Promise<void> {
  const [from = "", to] = range.split("..");
  const answer = await api.ask({ path: storePath("streams", stream, "diff"), query: { from, to: to || undefined } });
  if (out.asJson) return out.raw(answer.text);
  const found = answer.json() as {
    readonly from: { readonly version: number };
    readonly to: { readonly version: number };
    readonly changes: readonly WireChange[];
  };
  out.line(out.colours.bold(`${printable(stream)} from version ${found.from.version} to ${found.to.version}`));
  printChanges(out, found.changes);
}

/** `--blame`: each value of the state with the event that last set it. */
export async function showBlame({ api, out }: Session, stream: string, version: number | undefined): Promise<void> {
  const answer = await api.ask({ path: storePath("streams", stream, "blame"), query: { version } });
  if (out.asJson) return out.raw(answer.text);
  const { values, complete } = answer.json() as {
    readonly values: readonly { readonly path: string; readonly value: unknown; readonly setBy: Setter | null }[];
    readonly complete: boolean;
  };
  out.table(
    ["PATH", "VALUE", "VERSION", "EVENT", "AT (UTC)", "ACTOR"],
    values.map(({ path, value, setBy }) => [
      ...[path || "state", JSON.stringify(value).slice(0, 60), setBy?.version ?? "", setBy?.type ?? "initial state"],
      ...[setBy ? clock(setBy.recordedAt) : "", setBy?.actor],
    ]),
    [2],
  );
  if (!complete) out.note("There is more than one request lists.");
}

/** `--bisect CONDITION`: the first version at which it holds. */
export async function showBisection(
  { api, out }: Session,
  stream: string,
  where: string,
  after: number | undefined,
): Promise<void> {
  const answer = await api.ask({ path: storePath("streams", stream, "bisect"), query: { where, after } });
  if (out.asJson) return out.raw(answer.text);
  const { found, version, foldedEvents, ms, complete } = answer.json() as {
    readonly found: (Setter & { readonly changes: readonly WireChange[] }) | null;
    readonly version: number;
    readonly foldedEvents: number;
    readonly ms: number;
    readonly complete: boolean;
  };
  const effort = out.colours.dim(`  ${count(foldedEvents)} events folded in ${duration(ms)}`);
  if (!found) {
    out.line(`It does not hold at any version up to ${version}.${effort}`);
    if (!complete) out.note(`The search stopped at its bound; go on with --after ${version}`);
    return;
  }
  const who = found.actor === null ? "" : ` by ${printable(found.actor)}`;
  out.line(
    `It first holds at version ${found.version}: ${printable(found.type)}${who}, ${clock(found.recordedAt)}${effort}`,
  );
  printChanges(out, found.changes);
}

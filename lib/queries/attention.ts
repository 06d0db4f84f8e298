import type { StoreHealth } from "@/lib/queries/health";
import type { InvariantFound } from "@/lib/queries/invariants";
import type { AlertRow } from "@/lib/queries/list-alerts";
import type { ProcessRow } from "@/lib/queries/list-processes";
import type { ProjectionRow } from "@/lib/queries/list-projections";
import type { RunRow } from "@/lib/queries/list-runs";

/** Something that hurts. `about` says what the item is about and what to open. */
export type AttentionItem = {
  readonly severity: "critical" | "warning" | "notice";
  readonly title: string;
  readonly detail: string;
  readonly about:
    | { readonly kind: "projection"; readonly name: string }
    | { readonly kind: "dead-letters"; readonly consumer: string }
    | { readonly kind: "process"; readonly name: string; readonly filter: "running" | "stuck" | "overdue" }
    | { readonly kind: "run"; readonly id: string }
    | { readonly kind: "worker"; readonly id: string }
    | { readonly kind: "alert"; readonly id: string }
    | { readonly kind: "store" };
  /** The alert that tells of the same; null where none is open. */
  readonly alert: string | null;
};

/** An item before it is known which alert tells of it. */
type Item = Omit<AttentionItem, "alert">;

/** What to look at first, worst first: a store that stands still, then read models by how they fail, then lost workers. */
export function attentionOf(seen: {
  readonly store: StoreHealth;
  readonly projections: readonly ProjectionRow[];
  readonly processes: readonly ProcessRow[];
  readonly invariants: readonly InvariantFound[];
  /** Those that have not ended. */
  readonly runs: readonly RunRow[];
  /** The open ones. */
  readonly alerts: readonly AlertRow[];
}): AttentionItem[] {
  const { store, projections } = seen;
  const items: Item[] = [];
  const behind = BigInt(store.head) - BigInt(store.highWater.position);
  if (!store.highWater.alive) {
    items.push({
      severity: "critical",
      title: "The high-water mark is not kept",
      detail: `No agent has looked since ${toSecond(store.highWater.checkedAt) ?? "the store was made"}; ${behind} positions wait. Start a worker.`,
      about: { kind: "store" },
    });
  }
  if (projections.length > 0 && !store.workers.some((worker) => worker.alive)) {
    items.push({
      severity: "critical",
      title: "No worker is running",
      detail:
        "Read models stand still. Start one with npm run worker; one that runs already may be waiting for a lock.",
      about: { kind: "store" },
    });
  }
  for (const projection of projections) {
    const severity = SEVERITY[projection.state];
    // Parked events are told of whatever else the projection suffers from, unless somebody has said: not now.
    if (projection.parked.waiting > projection.parked.snoozed) items.push(parkedItem(projection));
    if (severity && projection.state !== "parked")
      items.push({ severity, ...wordsFor(projection), about: { kind: "projection", name: projection.name } });
  }
  items.push(...seen.processes.flatMap(needyInstances), ...seen.invariants.flatMap(brokenInvariant));
  items.push(...seen.runs.flatMap(runThatWaits));
  for (const worker of store.workers.filter(({ alive }) => !alive)) {
    items.push({
      severity: "notice",
      title: `Worker ${worker.id} has gone without a word`,
      detail: `Last seen ${toSecond(worker.seenAt)} on ${worker.host}; others take its partitions over.`,
      about: { kind: "worker", id: worker.id },
    });
  }
  return withAlerts(items, seen.alerts).sort((a, b) => RANK[a.severity] - RANK[b.severity]);
}

/** A time as a person says it: nobody looks for microseconds here. */
function toSecond(at: string | null): string | undefined {
  return at === null ? undefined : `${at.slice(0, 19).replace("T", " ")} UTC`;
}

/** Ties each alert to the item that tells of the same; one that no item tells of is an item, unless nobody wants to hear of it. */
function withAlerts(items: readonly Item[], alerts: readonly AlertRow[]): AttentionItem[] {
  const fired = alerts.filter(({ state, severity }) => state !== "pending" && severity !== "notice");
  const tied = items.map((item) => ({ ...item, alert: fired.find((alert) => tellsOf(alert, item))?.id ?? null }));
  const alone = fired.filter(
    ({ state, ...alert }) => state !== "silenced" && !items.some((item) => tellsOf(alert, item)),
  );
  return [
    ...tied,
    ...alone.map(({ id, severity, title, ruleTitle, state }) => ({
      ...{ severity, title, detail: state === "firing" ? ruleTitle : `${ruleTitle} · ${state}` },
      ...{ about: { kind: "alert", id } as const, alert: id },
    })),
  ];
}

function tellsOf({ rule, cause }: Pick<AlertRow, "rule" | "cause">, { about }: Item): boolean {
  switch (about.kind) {
    case "dead-letters":
      return cause.kind === "event" && cause.consumer === about.consumer;
    case "projection":
      return cause.kind === "consumer" && cause.consumer === about.name;
    case "run":
      return cause.kind === "run" && cause.run === about.id;
    case "store":
      return rule === "worker-missing" || rule === "high-water-held";
    default:
      return false;
  }
}

const RANK = { critical: 0, warning: 1, notice: 2 } as const;

const SEVERITY: Readonly<Record<ProjectionRow["state"], AttentionItem["severity"] | null>> = {
  faulted: "critical",
  stalled: "critical",
  unknown: "warning",
  lagging: "warning",
  parked: "critical",
  paused: "notice",
  live: null,
  inline: null,
};

function parkedItem({ name, parked }: ProjectionRow): Item {
  const { waiting, retrying, snoozed } = parked;
  const told = waiting - snoozed;
  const more = [
    retrying > 0 ? `${retrying} more are tried again` : "",
    snoozed > 0 ? `${snoozed} more are snoozed` : "",
  ];
  return {
    severity: "critical",
    title: `${told} parked in ${name}`,
    detail: [`${told === 1 ? "An event" : "Events"} could not be applied, and the streams wait behind`, ...more]
      .filter(Boolean)
      .join(" · "),
    about: { kind: "dead-letters", consumer: name },
  };
}

function needyInstances({ name, state, stateBy, stateReason, stuck, overdue }: ProcessRow): Item[] {
  const about = (filter: "running" | "stuck" | "overdue") => ({ kind: "process", name, filter }) as const;
  return [
    ...(state === "running"
      ? []
      : [
          {
            severity: "notice" as const,
            title: `${name} is paused`,
            detail: `by ${stateBy ?? "an operator"}${stateReason ? `: ${stateReason}` : ""} · nothing is sent and no timer fires`,
            about: about("running"),
          },
        ]),
    ...(stuck === 0
      ? []
      : [
          {
            severity: "critical" as const,
            title: `${name} has stuck instances`,
            detail: `${stuck}: what they have to do next has failed three times or more in a row`,
            about: about("stuck"),
          },
        ]),
    ...(overdue === 0
      ? []
      : [
          {
            severity: "warning" as const,
            title: `${name} has overdue instances`,
            detail: `${overdue} timers should have fired and have not`,
            about: about("overdue"),
          },
        ]),
  ];
}

function brokenInvariant({ name, projection, expected, found, holds }: InvariantFound): Item[] {
  if (holds !== false) return [];
  const detail = `${projection} adds up to ${found}, not to ${expected}`;
  return [{ severity: "critical", title: `Broken: ${name}`, detail, about: { kind: "projection", name: projection } }];
}

/** A run that goes on only when a person does something. */
function runThatWaits({ id, kind, subject, state, startedAt, detail, done, unit }: RunRow): Item[] {
  const name = `R-${id} ${kind}${subject === null ? "" : ` of ${subject}`}`;
  const about = { kind: "run", id } as const;
  if (state === "awaiting-decision") {
    return [{ severity: "warning", title: `${name} awaits your decision`, detail: detail ?? "", about }];
  }
  // Workers take up every other run that waits.
  if (state !== "waiting" || kind !== "import" || startedAt === null) return [];
  const left = `${done} ${unit} are settled. Import the same file again to go on, or cancel it`;
  return [{ severity: "notice", title: `${name} was interrupted`, detail: left, about }];
}

function wordsFor({ name, state, reason, lag, trend }: ProjectionRow): { title: string; detail: string } {
  const distance = lag.known
    ? `${lag.events}${lag.more ? "+" : ""} events behind, the oldest ${Math.round(lag.ageMs / 100) / 10} s old`
    : "how far behind is unknown";
  return { title: `${name} is ${state}`, detail: [reason, distance, trend].filter(Boolean).join(" · ") };
}

import { urls } from "@/app/_lib/urls";
import { formatBytes, formatCount, formatDuration, formatRate, formatTime, plural } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { Section } from "@/app/_ui/page-header";
import type { RebuildPreview } from "@/lib/operations/rebuild-projection";
import { type Draft, modes, parts, queryOf } from "./draft";
import { dryRunWords } from "./dry-run-step";

type Fact = readonly [name: string, value: React.ReactNode];

/** What will happen, in the order in which an operator asks. */
export function PlanFacts({
  store,
  name,
  draft,
  plan,
}: {
  store: string;
  name: string;
  draft: Draft;
  plan: RebuildPreview;
}) {
  const facts: readonly Fact[] = [
    ["Mode", "side by side, then a switch in one transaction: readers wait for nothing"],
    ...readFacts(plan),
    ["Readers", `stay on generation ${plan.liveGeneration}, version ${plan.liveVersion}, until it is promoted`],
    ["Effects", plan.sideEffects.map((sentence) => <p key={sentence}>{sentence}</p>)],
    ...spaceFacts(plan),
    ["Load", draft.perSecond ? `at most ${formatRate(draft.perSecond, "ev")}` : "as fast as one process folds"],
    ["Time", timeWords(plan)],
    ["Promotion", `${modes[draft.mode][0].toLowerCase()}. ${modes[draft.mode][1]}`],
    [
      "Undo",
      `Cancel at any time and nothing is left of it. Once promoted, one press goes back to generation ${plan.liveGeneration}, as long as that is not retired.`,
    ],
    ...(plan.dryRun
      ? [
          [
            "Dry run",
            <>
              {dryRunWords(plan.dryRun)}{" "}
              {plan.dryRun.differing.length === 0 ? null : (
                <Link className="link" href={urls.rebuild(store, name, queryOf(draft, "dry-run"))}>
                  See the {plural(plan.dryRun.differing.length, "row")}
                </Link>
              )}
            </>,
          ] as const,
        ]
      : []),
  ];
  return (
    <Section title="What will happen" className="pb-3">
      <dl className="grid max-w-3xl gap-y-1 px-4">
        {facts.map(([fact, value]) => (
          <div key={fact} className="flex min-w-0 gap-3 max-sm:flex-col max-sm:gap-0">
            <dt className="w-24 shrink-0 text-muted">{fact}</dt>
            <dd className="min-w-0">{value}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}

/** What is read, and what becomes of the rows. */
function readFacts({ events, types, part, rowsNow, from, to, version, style }: RebuildPreview): readonly Fact[] {
  const about = (exact: boolean) => (exact ? "" : "≈ ");
  const builds = style === "fold" ? "folded in memory, written once" : "replayed by the workers";
  const span =
    from === null || to === null
      ? "no event yet"
      : `${formatTime(from, { year: true })} to ${formatTime(to, { year: true })}`;
  const replays: Fact = [
    "Replays",
    `${about(events.exact)}${plural(events.events, "event")} of ${plural(types.length, "type")}`,
  ];
  if (part === null) {
    return [
      ["Scope", `${parts.all[0].toLowerCase()}: events of ${span}`],
      replays,
      ["Builds", `version ${version}, ${builds}`],
      ["Rows now", `≈ ${formatCount(rowsNow)}`],
    ];
  }
  return [
    ["Scope", part.words],
    replays,
    [
      "Rows",
      `${about(part.exact)}${formatCount(part.refolded)} folded anew from the first event of their streams, ${about(part.exact)}${formatCount(part.copied)} copied as they stand`,
    ],
    ["Builds", `version ${version}, stream by stream`],
  ];
}

function spaceFacts({ bytesNow, disk, liveGeneration }: RebuildPreview): readonly Fact[] {
  const head =
    disk === null
      ? "The disk belongs to another server and cannot be seen from here."
      : `${formatBytes(disk.free)} are free now, ${disk.left < 0 ? "too little" : `${formatBytes(disk.left)} while both copies are there`}.`;
  return [
    ["Space", `about ${formatBytes(bytesNow)} more, until generation ${liveGeneration} is retired`],
    [
      "Head-room",
      <span key="disk" className={disk && disk.left < 0 ? "text-bad" : ""}>
        {head}
      </span>,
    ],
  ];
}

function timeWords({ seconds, part }: RebuildPreview): string {
  if (seconds === null) return "not measured: the workers replay it at their own pace";
  // Below a second the rates say nothing: a run begins, ends and compares in about that.
  const [low, high] = [formatDuration(seconds.low * 1_000), formatDuration(seconds.high * 1_000)];
  const range = seconds.high < 1 ? "less than a second" : seconds.low < 1 ? `at most ${high}` : `${low} to ${high}`;
  return `${range}, from rates measured just now${part ? "; the copy of the other rows comes on top" : ""}`;
}

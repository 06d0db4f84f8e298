"use client";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { urls } from "@/app/_lib/urls";
import { ActSheet } from "@/app/_ui/act-sheet.client";
import { announce } from "@/app/_ui/announce";
import { earlyPress } from "@/app/_ui/early-press";
import { plural } from "@/app/_ui/format";
import { Glyph } from "@/app/_ui/glyph";
import { KeyHint } from "@/app/_ui/key-hint";
import { askAct } from "@/app/_ui/post-act";
import type { LettersTried } from "@/lib/operations/dry-run-letters";
import type { LettersOrdered } from "@/lib/operations/order-letters";
import type { DeadLetterRow } from "@/lib/queries/dead-letters";
import type { LetterCare } from "@/lib/queries/letter-care";
import { CareActs } from "./care-acts.client";
import { SkipSheet } from "./skip-sheet.client";

/** Test first, then act: on the letters that are chosen, all of one cause. */
export function LetterActs({
  store,
  group,
  picked,
  tried,
  onTried,
  care,
  now,
  operator,
}: {
  store: string;
  group: string;
  picked: readonly DeadLetterRow[];
  tried: LettersTried | undefined;
  onTried: (tried: LettersTried | undefined) => void;
  care: LetterCare;
  now: number;
  /** Who is looking. */
  operator: string;
}) {
  const router = useRouter();
  const [said, setSaid] = useState<string>();
  const [fault, setFault] = useState<string>();
  const [pending, start] = useTransition();
  const url = (act: string) => urls.api(store, `/dead-letters/groups/${group}/${act}`);
  const ids = picked.map(({ id }) => id);
  const passing = tried ? tried.letters.filter(({ id, passes }) => passes && ids.includes(id)).map(({ id }) => id) : [];

  const ask = <Answer,>(act: string, chosen: readonly string[], then: (answer: Answer) => string) =>
    start(async () => {
      const { answer, problem } = await askAct(url(act), { ids: chosen });
      setFault(problem);
      const words = problem ?? then(answer as Answer);
      // What a dry run found stands in a line of its own.
      setSaid(problem || act === "dry-run" ? undefined : words);
      announce(words);
      if (act !== "dry-run") router.refresh();
    });
  const test = () =>
    ask<LettersTried>("dry-run", ids, (found) => {
      onTried(found);
      return `Dry run of ${found.letters.length} with build ${found.build}: ${found.passing} would pass, ${found.failing} would fail again`;
    });
  const retry = () =>
    ask<LettersOrdered>("retry", passing, (ordered) => {
      onTried(undefined);
      return outcome(ordered);
    });

  return (
    <section aria-label="Acts" className="border-t px-4 py-3">
      <div className="flex flex-wrap items-center gap-2">
        <button
          {...earlyPress}
          type="button"
          className="btn"
          data-primary={tried ? undefined : ""}
          disabled={pending || ids.length === 0}
          aria-keyshortcuts="t"
          onClick={test}
        >
          {pending ? "At work…" : `Test first: dry run of ${ids.length}`} <KeyHint keys="t" />
        </button>
        {passing.length > 0 ? (
          <button
            type="button"
            className="btn"
            data-primary=""
            disabled={pending}
            aria-keyshortcuts="R"
            onClick={retry}
          >
            Retry the {passing.length} that {passing.length === 1 ? "passes" : "pass"} <KeyHint keys="R" />
          </button>
        ) : null}
        {ids.length > 0 ? (
          <>
            <ActSheet
              store={store}
              url={url("retry")}
              label={`Retry all ${ids.length}`}
              confirm={`Retry ${plural(ids.length, "event")}`}
              done={`Retry of ${plural(ids.length, "event")} ordered`}
              body={{ ids }}
            >
              Each is applied with what waits behind it, in the order of its stream. What fails again stays parked.
            </ActSheet>
            <SkipSheet store={store} group={group} ids={ids} />
          </>
        ) : null}
        <CareActs store={store} group={group} care={care} now={now} operator={operator} />
      </div>
      {tried ? (
        <p className="mt-2 flex flex-wrap items-center gap-3 text-data">
          <span>
            Dry run with build <span className="mono">{tried.build}</span>:
          </span>
          <span className="inline-flex items-center gap-1">
            <Glyph status={tried.passing > 0 ? "ok" : "idle"} /> {tried.passing} would pass
          </span>
          <span className="inline-flex items-center gap-1">
            <Glyph status={tried.failing > 0 ? "bad" : "idle"} /> {tried.failing} would fail again
          </span>
          {tried.more ? <span>only the first 200 were tried</span> : null}
        </p>
      ) : null}
      {fault ? (
        <p role="alert" className="mt-2 text-bad">
          {fault}
        </p>
      ) : said ? (
        <p className="mt-2 text-data">{said}.</p>
      ) : null}
      <p className="mt-2 text-faint text-label">
        Order is kept: a stream retries its parked event first, then what is blocked behind it, by version.
      </p>
    </section>
  );
}

function outcome({ retried, failed, waiting }: LettersOrdered): string {
  const parts = [`${plural(retried, "event")} retried`];
  if (failed > 0) parts.push(`${failed} failed again`);
  if (waiting > 0) parts.push(`${waiting} wait for the worker that holds the partition`);
  return parts.join(", ");
}

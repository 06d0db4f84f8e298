"use client";
import { useState } from "react";
import { formatAgo, formatCount } from "@/app/_ui/format";
import { Glyph } from "@/app/_ui/glyph";
import { Link } from "@/app/_ui/link.client";
import { num, PlainTable } from "@/app/_ui/plain-table";
import { StatusPill } from "@/app/_ui/status-pill";
import type { LettersTried } from "@/lib/operations/dry-run-letters";
import type { DeadLetterRow } from "@/lib/queries/dead-letters";
import type { LetterCare } from "@/lib/queries/letter-care";
import { letterStatus, letterWords } from "../letter-state";
import { LetterActs } from "./letter-acts.client";

type Row = DeadLetterRow & { readonly href: string; readonly eventHref: string };

/** The letters of a cause with what is chosen of them, below them what can be done with these, and the panes of one. */
export function GroupLetters({
  store,
  group,
  letters,
  chosen,
  mayAct,
  now,
  care,
  operator,
  children,
}: {
  store: string;
  group: string;
  letters: readonly Row[];
  chosen: string | undefined;
  mayAct: boolean;
  now: number;
  care: LetterCare;
  operator: string;
  children: React.ReactNode;
}) {
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [tried, setTried] = useState<LettersTried>();
  const picked = letters.filter(({ id }) => !left.has(id));
  const toggle = (id: string) =>
    setLeft((known) => {
      const next = new Set(known);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  const all = picked.length === letters.length;
  const chooseAll = {
    type: "checkbox",
    checked: all,
    onChange: () => setLeft(all ? new Set(letters.map(({ id }) => id)) : new Set()),
  } as const;
  return (
    <div className="grid lg:grid-cols-[minmax(0,11fr)_minmax(0,9fr)]">
      <div className="min-w-0 lg:border-r">
        <label className="flex min-h-11 items-center gap-2 border-b px-4 md:hidden">
          <input {...chooseAll} className="size-4" />
          Choose all · {picked.length} of {letters.length} chosen
        </label>
        <PlainTable
          label="Dead letters of this cause"
          heads={[
            {
              name: "Choose",
              shown: <input {...chooseAll} className="m-1 block size-4 max-md:hidden" aria-label="Choose all" />,
            },
            "Letter",
            "State",
            "Event",
            "Stream",
            num("Tries"),
            "Age",
            "Dry run",
          ]}
        >
          {letters.map((letter) => (
            <tr key={letter.id} data-copy={`DL-${letter.id}`} aria-current={letter.id === chosen ? "true" : undefined}>
              <td className="bare max-md:order-first">
                <input
                  type="checkbox"
                  className="m-1 block size-4"
                  aria-label={`Choose DL-${letter.id}`}
                  checked={!left.has(letter.id)}
                  onChange={() => toggle(letter.id)}
                />
              </td>
              <td className="first">
                <Link href={letter.href} data-row replace scroll={false} className="font-medium hover:text-brand">
                  DL-{letter.id}
                </Link>
              </td>
              <td className="second">
                <StatusPill status={letterStatus(letter)}>{letterWords(letter)}</StatusPill>
              </td>
              <td>
                <Link href={letter.eventHref} className="link">
                  #{formatCount(letter.position)}
                </Link>
              </td>
              <td className="mono">{letter.stream}</td>
              <td className="num">{letter.attempts}</td>
              <td className="text-muted">{formatAgo(letter.firstAt, now)}</td>
              <td>
                <Verdict tried={tried} id={letter.id} />
              </td>
            </tr>
          ))}
        </PlainTable>
        {mayAct ? (
          <LetterActs
            store={store}
            group={group}
            picked={picked}
            tried={tried}
            onTried={setTried}
            care={care}
            now={now}
            operator={operator}
          />
        ) : null}
      </div>
      <div className="min-w-0 max-lg:border-t">{children}</div>
    </div>
  );
}

function Verdict({ tried, id }: { tried: LettersTried | undefined; id: string }) {
  const found = tried?.letters.find((letter) => letter.id === id);
  if (!found) return <span className="text-faint">–</span>;
  return (
    <span className="inline-flex items-center gap-1.5" title={found.stopsAt?.failure.message}>
      <Glyph status={found.passes ? "ok" : "bad"} />
      {found.passes ? (found.stopsAt ? "passes, a later one fails" : "passes") : "fails"}
    </span>
  );
}

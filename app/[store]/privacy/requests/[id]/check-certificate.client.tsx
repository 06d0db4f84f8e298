"use client";
import { useEffect, useId, useState } from "react";
import { Glyph, type Status } from "@/app/_ui/glyph";
import { parseVerifier } from "@/lib/kernel/checkpoint-note";
import { checkCertificate } from "@/lib/kernel/shred-certificate";

type Verdict = { readonly status: Status; readonly words: string; readonly faults: readonly string[] };

const CHECKING: Verdict = { status: "stale", words: "Checking the certificate in this browser …", faults: [] };

/** Whether a certificate holds, as this browser finds: the one of this request, and any that somebody holds in a file. */
export function CheckCertificate({ text, keys }: { text: string; keys: readonly string[] }) {
  const id = useId();
  const [own, setOwn] = useState(CHECKING);
  const [held, setHeld] = useState<Verdict & { readonly file: string }>();
  useEffect(() => {
    let there = true;
    void check(text, keys).then((verdict) => {
      if (there) setOwn(verdict);
    });
    return () => {
      there = false;
    };
  }, [text, keys]);
  const look = async (file: File | undefined) => {
    if (file === undefined) return setHeld(undefined);
    setHeld({ ...(await check(await file.text(), keys)), file: file.name });
  };
  return (
    <section aria-label="Checked here" className="px-4 py-2">
      <Told verdict={own} />
      <p className="flex flex-wrap items-center gap-2 pt-1 text-muted text-data print:hidden">
        <label htmlFor={`${id}-file`}>Check one that you hold:</label>
        <input
          id={`${id}-file`}
          type="file"
          accept=".txt,text/plain"
          className="field h-auto max-w-full py-0.5"
          onChange={(event) => void look(event.target.files?.[0])}
        />
      </p>
      {held === undefined ? null : <Told verdict={{ ...held, words: `${held.file}: ${held.words}` }} />}
    </section>
  );
}

function Told({ verdict: { status, words, faults } }: { verdict: Verdict }) {
  return (
    <div data-status={status} role="status">
      <p className="flex items-baseline gap-2">
        <Glyph status={status} />
        <span>{words}</span>
      </p>
      {faults.length > 0 ? (
        <ul className="list-disc pl-8 text-bad">
          {faults.map((fault) => (
            <li key={fault}>{fault}</li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

async function check(text: string, keys: readonly string[]): Promise<Verdict> {
  if (globalThis.crypto?.subtle === undefined) {
    const words = "Not checked: browsers check signatures only for pages of https and of localhost.";
    return { status: "stale", words, faults: [] };
  }
  try {
    const { certificate, faults } = await checkCertificate(text, await Promise.all(keys.map(parseVerifier)));
    const { unreadable, count } = certificate.events;
    if (faults.length > 0) return { status: "bad", words: "It does not hold.", faults };
    const words = `It holds: signed by the log's key, and ${unreadable} of ${count} events cannot be read.`;
    return { status: "ok", words, faults };
  } catch (error) {
    return { status: "bad", words: error instanceof Error ? error.message : String(error), faults: [] };
  }
}

"use client";
import { useState, useTransition } from "react";
import { urls } from "@/app/_lib/urls";
import { announce } from "@/app/_ui/announce";
import { earlyPress } from "@/app/_ui/early-press";
import type { JsonSchema } from "@/app/_ui/form-field";
import { JsonView } from "@/app/_ui/json-view";
import { firstValue } from "@/app/_ui/schema-form.client";

type Form = { readonly type: string; readonly schemaVersion: number; readonly data: unknown };
type Reading = {
  readonly status: "decoded" | "failed" | "unknown-type" | "unknown-version";
  readonly stage?: string;
  readonly message?: string;
  readonly forms: readonly Form[];
  readonly steps: readonly { readonly before: Form; readonly after: readonly Form[] }[];
};

/** A payload as it might be stored, and how the code that runs reads it: every step of the way, and what it is today. */
export function TryUpcast({
  store,
  type,
  version,
  schema,
}: {
  store: string;
  type: string;
  version: number;
  schema: JsonSchema | null;
}) {
  const [text, setText] = useState(() => JSON.stringify(schema ? firstValue(schema) : {}, null, 2));
  const [reading, setReading] = useState<Reading>();
  const [fault, setFault] = useState<string>();
  const [pending, start] = useTransition();
  const read = () =>
    start(async () => {
      const came = await tryUpcast(store, type, version, text);
      setReading(typeof came === "string" ? undefined : came);
      setFault(typeof came === "string" ? came : undefined);
      announce(typeof came === "string" ? came : came.status === "decoded" ? "It can be read" : "It cannot be read");
    });
  return (
    <div className="grid gap-4 px-4 lg:grid-cols-2">
      <form
        className="flex flex-col gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          read();
        }}
      >
        <label htmlFor="payload" className="text-muted">
          A payload as {type} v{version} is stored
        </label>
        <textarea
          id="payload"
          className="field mono h-56 py-1"
          spellCheck={false}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <button {...earlyPress} type="submit" className="btn self-start" disabled={pending}>
          {pending ? "Reading" : "Read it"}
        </button>
      </form>
      <div aria-live="polite" className="min-w-0">
        {fault === undefined ? null : <p className="text-bad">{fault}</p>}
        {reading ? <ReadingShown reading={reading} /> : null}
      </div>
    </div>
  );
}

function ReadingShown({ reading }: { reading: Reading }) {
  return (
    <>
      {reading.steps.map(({ before, after }) => (
        <p key={`${before.type} ${before.schemaVersion}`} className="text-muted">
          {nameOf(before)} → {after.map(nameOf).join(" + ")}
        </p>
      ))}
      {reading.status === "decoded" ? null : (
        <p className="text-bad">
          {reading.message ?? "The code does not know this form."}
          {reading.stage ? ` (${reading.stage})` : ""}
        </p>
      )}
      {reading.forms.map((form, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: what an event is read as has no identity but its place
        <div key={index}>
          <h3 className="pt-2 font-medium">{nameOf(form)}</h3>
          <div className="-mx-4">
            <JsonView text={JSON.stringify(form.data)} />
          </div>
        </div>
      ))}
    </>
  );
}

function nameOf({ type, schemaVersion }: Form): string {
  return `${type} v${schemaVersion}`;
}

/** The reading, or what went wrong in the server's words. */
async function tryUpcast(store: string, type: string, version: number, text: string): Promise<Reading | string> {
  const path = `/schema/${encodeURIComponent(type)}/${version}/upcast`;
  try {
    const answer = await fetch(urls.api(store, path), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: text,
    });
    const body = (await answer.json()) as Record<string, unknown>;
    return answer.ok ? (body as unknown as Reading) : String(body.detail ?? `The server answered ${answer.status}.`);
  } catch {
    return "The console's server does not answer. Try again.";
  }
}

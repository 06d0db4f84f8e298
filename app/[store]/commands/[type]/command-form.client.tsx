"use client";
import { FlaskConical, Send } from "lucide-react";
import { useState, useTransition } from "react";
import { urls } from "@/app/_lib/urls";
import { announce } from "@/app/_ui/announce";
import { CopyButton } from "@/app/_ui/copy-button.client";
import { earlyPress } from "@/app/_ui/early-press";
import type { JsonSchema } from "@/app/_ui/form-field";
import { firstValue, SchemaForm } from "@/app/_ui/schema-form.client";
import { type TryResult, tryCommand } from "@/app/_ui/try-command";
import { WhatIfAnswer } from "@/app/_ui/what-if-answer";
import { cliLine, curlLine } from "./command-lines";
import { CommandResult, type Readers } from "./command-result";
import { type SendResult, sendCommand } from "./send-command";

/** The form of one command and what came of it. It is sent or tried by a press only, never by opening a link. */
export function CommandForm({
  store,
  category,
  name,
  schema,
  id: givenId,
  prefill,
  allowed,
  readers,
}: {
  store: string;
  category: string;
  name: string;
  schema: JsonSchema;
  id: string;
  prefill: unknown;
  allowed: boolean;
  readers: Readers;
}) {
  const [id, setId] = useState(givenId);
  const [input, setInput] = useState(() => firstValue(schema, prefill));
  const [key, setKey] = useState<string>();
  const [result, setResult] = useState<SendResult | TryResult>();
  const [sent, setSent] = useState(0);
  const [pending, start] = useTransition();
  const changed = (change: () => void) => {
    change();
    setKey(undefined);
  };
  const send = () =>
    start(async () => {
      // Kept until the input changes or an answer came: a press after a lost answer is the same command.
      const used = key ?? crypto.randomUUID();
      setKey(used);
      const came = await sendCommand(store, { category, id, name, input }, used);
      setResult(came);
      setSent((count) => count + 1);
      if (came.kind === "accepted") setKey(undefined);
      announce(came.kind === "accepted" ? `${name} was carried out` : came.message);
    });
  const attempt = () =>
    start(async () => {
      const stream = encodeURIComponent(`${category}-${id}`);
      const came = await tryCommand(urls.api(store, `/streams/${stream}/what-if`), { command: name, input });
      setResult(came);
      setSent((count) => count + 1);
      announce(came.kind === "fault" ? came.message : `${name} was tried, nothing was stored`);
    });
  const issues = result?.kind === "fault" ? result.issues : [];
  return (
    <div className="grid gap-6 p-4 lg:grid-cols-2">
      <form
        className="flex max-w-xl flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <div className="flex flex-col gap-1">
          <label htmlFor="stream-id" className="flex items-baseline gap-2">
            <span className="mono font-medium">id</span>{" "}
            <span className="text-faint text-data">of the stream {category}-…</span>
          </label>
          <input
            id="stream-id"
            className="field mono"
            required
            autoComplete="off"
            spellCheck={false}
            value={id}
            onChange={(event) => changed(() => setId(event.target.value))}
          />
        </div>
        <SchemaForm
          schema={schema}
          prefill={prefill}
          issues={issues}
          onChange={(value) => changed(() => setInput(value))}
        />
        <div className="flex flex-wrap items-center gap-3">
          <button
            {...earlyPress}
            type="submit"
            data-primary
            className="btn"
            aria-keyshortcuts="Control+Enter"
            disabled={pending || !allowed}
          >
            <Send size={14} strokeWidth={1.5} aria-hidden="true" />
            {pending ? "Asking" : `Send ${name}`}
          </button>
          <button
            {...earlyPress}
            type="button"
            className="btn"
            disabled={pending}
            title="Asks the domain what it would do now, and stores nothing"
            onClick={(event) => {
              if (event.currentTarget.form?.reportValidity()) attempt();
            }}
          >
            <FlaskConical size={14} strokeWidth={1.5} aria-hidden="true" />
            Try it, dry
          </button>
          <CopyButton what="as curl" shown text={curlLine(store, { category, id, name, input })} />
          <CopyButton what="for the CLI" shown text={cliLine({ category, id, name, input })} />
          {allowed ? null : <p className="text-muted">Sending needs the role operator.</p>}
        </div>
      </form>
      <div aria-live="polite">
        {result?.kind === "tried" ? (
          <div className="panel p-4">
            <WhatIfAnswer tried={result.tried} />
          </div>
        ) : result ? (
          <CommandResult key={sent} store={store} result={result} readers={readers} />
        ) : null}
      </div>
    </div>
  );
}

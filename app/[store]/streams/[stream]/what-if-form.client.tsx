"use client";
import { FlaskConical } from "lucide-react";
import { useState, useTransition } from "react";
import { announce } from "@/app/_ui/announce";
import type { JsonSchema } from "@/app/_ui/form-field";
import { type FormIssue, firstValue, SchemaForm } from "@/app/_ui/schema-form.client";
import { type Tried, WhatIfAnswer } from "./what-if-answer";

type Result =
  | { readonly kind: "tried"; readonly tried: Tried }
  | { readonly kind: "fault"; readonly message: string; readonly issues: readonly FormIssue[] };

/** The form of one command that is tried on a state, and what would have come of it. Nothing is stored. */
export function WhatIfForm({
  url,
  version,
  command,
  description,
  schema,
}: {
  url: string;
  version: number;
  command: string;
  description: string;
  schema: JsonSchema;
}) {
  const [input, setInput] = useState(() => firstValue(schema));
  const [result, setResult] = useState<Result>();
  const [pending, start] = useTransition();
  const attempt = () =>
    start(async () => {
      const came = await ask(url, { version, command, input, masked: true });
      setResult(came);
      announce(came.kind === "fault" ? came.message : `${command} tried, nothing was stored`);
    });
  return (
    <div className="grid gap-4 px-4 pb-4">
      <p className="text-muted">{description}</p>
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          attempt();
        }}
      >
        <SchemaForm schema={schema} issues={result?.kind === "fault" ? result.issues : []} onChange={setInput} />
        <button type="submit" className="btn self-start" disabled={pending}>
          <FlaskConical size={14} strokeWidth={1.5} aria-hidden="true" />
          {pending ? "Trying" : `Try ${command} at version ${version}`}
        </button>
      </form>
      <div aria-live="polite">
        {result?.kind === "fault" ? <p className="text-bad">{result.message}</p> : null}
        {result?.kind === "tried" ? <WhatIfAnswer tried={result.tried} /> : null}
      </div>
    </div>
  );
}

async function ask(url: string, body: unknown): Promise<Result> {
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const said = (await answer.json()) as Record<string, unknown>;
    if (answer.ok) return { kind: "tried", tried: said as unknown as Tried };
    const issues = Array.isArray(said.issues) ? (said.issues as FormIssue[]) : [];
    const message = typeof said.detail === "string" ? said.detail : `The server answered ${answer.status}.`;
    return { kind: "fault", message, issues };
  } catch {
    return { kind: "fault", message: "No answer came. Nothing was stored; try it again.", issues: [] };
  }
}

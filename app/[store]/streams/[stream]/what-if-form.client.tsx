"use client";
import { FlaskConical } from "lucide-react";
import { useState, useTransition } from "react";
import { announce } from "@/app/_ui/announce";
import { earlyPress } from "@/app/_ui/early-press";
import type { JsonSchema } from "@/app/_ui/form-field";
import { firstValue, SchemaForm } from "@/app/_ui/schema-form.client";
import { type TryResult, tryCommand } from "@/app/_ui/try-command";
import { WhatIfAnswer } from "@/app/_ui/what-if-answer";

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
  const [result, setResult] = useState<TryResult>();
  const [pending, start] = useTransition();
  const attempt = () =>
    start(async () => {
      const came = await tryCommand(url, { version, command, input });
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
        <button {...earlyPress} type="submit" className="btn self-start" disabled={pending}>
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

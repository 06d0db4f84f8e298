"use client";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { Fault } from "./act-fields.client";
import { announce } from "./announce";
import { earlyPress } from "./early-press";
import { askAct } from "./post-act";

/** What a form does: where it is sent, what of it, and the page that comes after, by the server's answer. */
type FormAct = {
  readonly url: string;
  readonly body: (form: FormData) => Readonly<Record<string, unknown>>;
  readonly next: (answer: unknown) => string;
  /** Said once it is done; nothing where the next page says it. */
  readonly done?: string;
  /** Whether a refusal means that what the page shows is old, so that it is drawn anew. */
  readonly staleWhenRefused?: boolean;
};

/** What stands in a field, without spaces around it; undefined where nothing does. */
export function textOf(form: FormData, name: string): string | undefined {
  return String(form.get(name) ?? "").trim() || undefined;
}

/** The sending of a form that is an act: a refusal stays beside it in the server's words. */
export function useFormAct({ url, body, next, done, staleWhenRefused = false }: FormAct) {
  const router = useRouter();
  const [fault, setFault] = useState<string>();
  const [pending, start] = useTransition();
  const onSubmit = (event: React.FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    start(async () => {
      const { answer, problem } = await askAct(url, body(form));
      setFault(problem);
      const said = problem ?? done;
      if (said !== undefined) announce(said);
      if (problem === undefined) router.push(next(answer));
      else if (staleWhenRefused) router.refresh();
    });
  };
  return { onSubmit, pending, fault };
}

/**
 * A form that is an act on a page of its own: the fields, why it was refused, and one button that names the act. Nothing of
 * it is kept by the browser, and before its code is there it is sent nowhere.
 */
export function ActForm({
  label,
  button,
  danger = false,
  leads = false,
  children,
  ...act
}: FormAct & {
  readonly label: string;
  readonly button: string;
  readonly danger?: boolean;
  /** Whether the key that leads on in wizards sends it. */
  readonly leads?: boolean;
  readonly children: React.ReactNode;
}) {
  const { onSubmit, pending, fault } = useFormAct(act);
  return (
    <form
      aria-label={label}
      method="post"
      autoComplete="off"
      className="grid max-w-xl gap-2 px-4 pt-1 pb-4"
      onSubmit={onSubmit}
    >
      {children}
      <Fault>{fault}</Fault>
      <div className="pt-2">
        <button
          {...earlyPress}
          type="submit"
          className={`btn h-auto min-h-7 whitespace-normal text-left ${danger ? "border-transparent bg-bad-solid text-on-brand" : ""}`}
          data-primary={danger ? undefined : ""}
          disabled={pending}
          aria-keyshortcuts={leads ? "Control+Enter" : undefined}
        >
          {pending ? `${button}…` : button}
        </button>
      </div>
    </form>
  );
}

"use client";
import { useRouter } from "next/navigation";
import { useId, useState, useTransition } from "react";
import { urls } from "@/app/_lib/urls";
import { announce } from "@/app/_ui/announce";
import { earlyPress } from "@/app/_ui/early-press";
import { askAct } from "@/app/_ui/post-act";

/**
 * Finds a person by their id. It goes into the body of a request and is stored nowhere; the page of the person has the digest that
 * stands for it in its address.
 */
export function FindPerson({ store }: { store: string }) {
  const router = useRouter();
  const id = useId();
  const [fault, setFault] = useState<string>();
  const [pending, start] = useTransition();
  const find = (form: FormData) =>
    start(async () => {
      const text = (name: string) => String(form.get(name) ?? "") || undefined;
      const { answer, problem } = await askAct(urls.api(store, "/subjects/find"), {
        subject: text("subject"),
        tenant: text("tenant"),
      });
      setFault(problem);
      if (problem !== undefined) announce(problem);
      else router.push(urls.subject(store, (answer as { subject: string }).subject));
    });
  return (
    <form
      aria-label="Find a person"
      method="post"
      autoComplete="off"
      className="border-b px-4 py-2"
      onSubmit={(event) => {
        event.preventDefault();
        find(new FormData(event.currentTarget));
      }}
    >
      <div className="flex flex-wrap items-end gap-3">
        <div className="grid gap-1">
          <label htmlFor={`${id}-subject`}>Person's id, as it stands in events</label>
          <input
            id={`${id}-subject`}
            name="subject"
            className="field mono w-72 max-w-full"
            maxLength={512}
            required
            spellCheck={false}
            aria-keyshortcuts="/"
            aria-describedby={`${id}-note`}
          />
        </div>
        <div className="grid gap-1">
          <label htmlFor={`${id}-tenant`}>Tenant (optional)</label>
          <input id={`${id}-tenant`} name="tenant" className="field mono w-40" maxLength={200} spellCheck={false} />
        </div>
        <button {...earlyPress} type="submit" className="btn" data-primary="" disabled={pending}>
          {pending ? "Find…" : "Find"}
        </button>
      </div>
      <p id={`${id}-note`} className="pt-1 text-muted text-data">
        It is stored nowhere and stands in no address; the audit has a keyed digest of it.
      </p>
      {fault ? (
        <p role="alert" className="pt-1 text-bad">
          {fault}
        </p>
      ) : null}
    </form>
  );
}

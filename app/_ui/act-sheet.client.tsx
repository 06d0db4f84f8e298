"use client";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { Fault, Field } from "./act-fields.client";
import { announce } from "./announce";
import { useDemand } from "./demands.client";
import { KeyHint } from "./key-hint";
import { askAct } from "./post-act";
import { SheetButton } from "./sheet-button.client";

/**
 * An act that is looked at before it is done: a button opens a sheet that says what will happen and asks why. The confirming
 * button names act and store; Cancel has the focus first. A refusal stays in the sheet in the server's words.
 */
export function ActSheet({
  store,
  url,
  label,
  confirm,
  done,
  keys,
  primary = false,
  danger = false,
  needsReason = false,
  body = {},
  act: name,
  named,
  typed: always,
  fields,
  ready = true,
  look,
  next,
  take,
  children,
}: {
  store: string;
  url: string;
  /** On the button that opens the sheet. */
  label: string;
  /** The act in full, as on the confirming button: `Cancel run 12`. */
  confirm: string;
  done: string;
  keys?: string;
  /** Whether it is what the page is for. */
  primary?: boolean;
  danger?: boolean;
  needsReason?: boolean;
  /** Further fields of the request. */
  body?: Readonly<Record<string, unknown>>;
  /** The operation's name, where the store may ask for more than the act does: a reason, a ticket, a typed name. */
  act?: string;
  /** What is typed where the store asks for a name. */
  named?: string;
  /** What must be typed in any store; it is sent as `confirm`. */
  typed?: string;
  /** Further fields to fill in, above the reason. */
  fields?: React.ReactNode;
  /** Whether what will happen is known, so that it can be confirmed. */
  ready?: boolean;
  /** Called to look at what would happen now: when the sheet opens, and again when the act was refused. */
  look?: () => void;
  /** The page to go to, by the server's answer; without it this page is drawn anew. */
  next?: (answer: unknown) => string;
  /** What is done with the server's answer, in place of drawing anew. */
  take?: (answer: unknown) => void;
  /** What will happen. */
  children: React.ReactNode;
}) {
  const router = useRouter();
  const [open, setOpen] = useState(false);
  const [fault, setFault] = useState<string>();
  const [reason, setReason] = useState("");
  const [ticket, setTicket] = useState("");
  const [confirmed, setConfirmed] = useState("");
  const demand = useDemand(name);
  const typed = always ?? (demand?.confirm ? named : undefined);
  const asked = { reason: needsReason || demand?.reason === true, ticket: demand?.ticket === true };
  const [pending, start] = useTransition();
  const act = () =>
    start(async () => {
      const { answer, problem } = await askAct(url, {
        ...body,
        ...(typed === undefined ? {} : { confirm: confirmed.trim() }),
        reason,
        ticket,
      });
      setFault(problem);
      announce(problem ?? done);
      if (problem !== undefined) {
        look?.();
        return;
      }
      setOpen(false);
      if (take) take(answer);
      else if (next) router.push(next(answer));
      else router.refresh();
    });
  return (
    <SheetButton
      className="btn"
      data-primary={primary ? "" : undefined}
      aria-keyshortcuts={keys}
      disabled={demand?.locked === true}
      title={demand?.locked ? "This store is locked: what cannot be taken back at once is not done here" : undefined}
      button={
        <>
          {label}… <KeyHint keys={keys} />
        </>
      }
      heading={confirm}
      open={open}
      onOpenChange={(opened) => {
        setOpen(opened);
        setFault(undefined);
        if (opened) look?.();
      }}
    >
      <div className="mt-1 text-muted">{children}</div>
      <form
        className="mt-3 grid gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          act();
        }}
      >
        {fields}
        <Field
          label={asked.reason ? "Reason" : "Reason (optional)"}
          maxLength={500}
          required={asked.reason}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
        <Field
          label={asked.ticket ? "Ticket" : "Ticket (optional)"}
          maxLength={100}
          required={asked.ticket}
          value={ticket}
          onChange={(event) => setTicket(event.target.value)}
        />
        {typed === undefined ? null : (
          <Field
            label={
              <>
                To confirm, type <span className="mono">{typed}</span>
              </>
            }
            className="mono"
            autoComplete="off"
            required
            value={confirmed}
            onChange={(event) => setConfirmed(event.target.value)}
          />
        )}
        <Fault>{fault}</Fault>
        <div className="mt-2 flex justify-end gap-2">
          {/* biome-ignore lint/a11y/noAutofocus: what is safe has the focus first. */}
          <button type="button" className="btn" autoFocus onClick={() => setOpen(false)}>
            Leave it
          </button>
          <button
            type="submit"
            className={danger ? "btn border-transparent bg-bad-solid text-on-brand" : "btn"}
            data-primary={danger ? undefined : ""}
            disabled={pending || !ready || (typed !== undefined && confirmed.trim() !== typed)}
          >
            {pending ? `${confirm}…` : `${confirm} in ${store}`}
          </button>
        </div>
      </form>
    </SheetButton>
  );
}

"use client";
import { Dialog } from "@base-ui/react/dialog";
import { useRouter } from "next/navigation";
import { useId, useState, useTransition } from "react";
import { announce } from "./announce";
import { earlyPress } from "./early-press";
import { askAct } from "./post-act";

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
  typed,
  fields,
  ready = true,
  look,
  next,
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
  /** What must be typed before an act that cannot be taken back; it is sent as `confirm`. */
  typed?: string;
  /** Further fields to fill in, above the reason. */
  fields?: React.ReactNode;
  /** Whether what will happen is known, so that it can be confirmed. */
  ready?: boolean;
  /** Called to look at what would happen now: when the sheet opens, and again when the act was refused. */
  look?: () => void;
  /** The page to go to, by the server's answer; without it this page is drawn anew. */
  next?: (answer: unknown) => string;
  /** What will happen. */
  children: React.ReactNode;
}) {
  const router = useRouter();
  const id = useId();
  const [open, setOpen] = useState(false);
  const [fault, setFault] = useState<string>();
  const [reason, setReason] = useState("");
  const [ticket, setTicket] = useState("");
  const [name, setName] = useState("");
  const [pending, start] = useTransition();
  const act = () =>
    start(async () => {
      const { answer, problem } = await askAct(url, {
        ...body,
        ...(typed === undefined ? {} : { confirm: name.trim() }),
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
      if (next) router.push(next(answer));
      else router.refresh();
    });
  return (
    <Dialog.Root
      open={open}
      onOpenChange={(opened) => {
        setOpen(opened);
        setFault(undefined);
        if (opened) look?.();
      }}
    >
      <Dialog.Trigger {...earlyPress} className="btn" data-primary={primary ? "" : undefined} aria-keyshortcuts={keys}>
        {label}…
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-scrim" />
        <Dialog.Popup className="fixed inset-x-3 top-[14vh] z-50 mx-auto max-w-lg rounded-dialog border bg-surface p-5 shadow-xl">
          <Dialog.Title className="font-semibold text-title">{confirm}</Dialog.Title>
          <div className="mt-1 text-muted">{children}</div>
          <form
            className="mt-3 grid gap-2"
            onSubmit={(event) => {
              event.preventDefault();
              act();
            }}
          >
            {fields}
            <label htmlFor={`${id}-reason`}>Reason{needsReason ? "" : " (optional)"}</label>
            <input
              id={`${id}-reason`}
              className="field"
              maxLength={500}
              required={needsReason}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
            <label htmlFor={`${id}-ticket`}>Ticket (optional)</label>
            <input
              id={`${id}-ticket`}
              className="field"
              maxLength={100}
              value={ticket}
              onChange={(event) => setTicket(event.target.value)}
            />
            {typed === undefined ? null : (
              <>
                <label htmlFor={`${id}-typed`}>
                  To confirm, type <span className="mono">{typed}</span>
                </label>
                <input
                  id={`${id}-typed`}
                  className="field mono"
                  autoComplete="off"
                  required
                  value={name}
                  onChange={(event) => setName(event.target.value)}
                />
              </>
            )}
            {fault ? (
              <p role="alert" className="text-bad">
                {fault}
              </p>
            ) : null}
            <div className="mt-2 flex justify-end gap-2">
              <Dialog.Close className="btn" autoFocus>
                Leave it
              </Dialog.Close>
              <button
                type="submit"
                className={danger ? "btn border-transparent bg-bad-solid text-on-brand" : "btn"}
                data-primary={danger ? undefined : ""}
                disabled={pending || !ready || (typed !== undefined && name.trim() !== typed)}
              >
                {pending ? `${confirm}…` : `${confirm} in ${store}`}
              </button>
            </div>
          </form>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

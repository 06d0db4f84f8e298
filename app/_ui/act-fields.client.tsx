"use client";
import { useId } from "react";

/** A labelled field of a form, with what is to be known about it below. Other attributes are the input's own. */
export function Field({
  label,
  note,
  className = "",
  ...input
}: Omit<React.ComponentProps<"input">, "id"> & { readonly label: React.ReactNode; readonly note?: React.ReactNode }) {
  const id = useId();
  return (
    <>
      <label htmlFor={id}>{label}</label>
      <input aria-describedby={note ? `${id}-note` : undefined} {...input} id={id} className={`field ${className}`} />
      {note ? (
        <p id={`${id}-note`} className="text-muted text-data">
          {note}
        </p>
      ) : null}
    </>
  );
}

/** A labelled choice of a form; what is sent is the value. Other attributes are the select's own. */
export function Choice({
  label,
  note,
  choices,
  ...select
}: Omit<React.ComponentProps<"select">, "id" | "className" | "children"> & {
  readonly label: string;
  readonly note?: React.ReactNode;
  readonly choices: readonly { readonly value: string; readonly words: string }[];
}) {
  const id = useId();
  return (
    <>
      <label htmlFor={id}>{label}</label>
      <select aria-describedby={note ? `${id}-note` : undefined} {...select} id={id} className="field">
        {choices.map(({ value, words }) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
      {note ? (
        <p id={`${id}-note`} className="text-muted text-data">
          {note}
        </p>
      ) : null}
    </>
  );
}

/** The fields `reason` and `ticket`: what every act may be asked for. */
export function WhyFields({ asked }: { asked: { readonly reason: boolean; readonly ticket: boolean } }) {
  return (
    <>
      <Field
        label={asked.reason ? "Reason" : "Reason (optional)"}
        name="reason"
        maxLength={500}
        required={asked.reason}
      />
      <Field
        label={asked.ticket ? "Ticket" : "Ticket (optional)"}
        name="ticket"
        maxLength={100}
        required={asked.ticket}
      />
    </>
  );
}

/** Why an act was refused, in the server's words; nothing when it was not. */
export function Fault({ children, className = "" }: { children: string | undefined; className?: string }) {
  if (children === undefined) return null;
  return (
    <p role="alert" className={`text-bad ${className}`}>
      {children}
    </p>
  );
}

"use client";
import { useId, useState } from "react";
import { urls } from "@/app/_lib/urls";
import { ActSheet } from "@/app/_ui/act-sheet.client";
import { SeverityField } from "./channel-acts.client";

const KINDS = [
  {
    kind: "webhook",
    label: "Webhook, signed as Standard Webhooks says",
    placeholder: "https://ops.example.org/hooks/tidemark",
  },
  {
    kind: "slack",
    label: "Slack, Mattermost and others that take its webhooks",
    placeholder: "https://hooks.slack.com/services/…",
  },
  { kind: "email", label: "E-mail by SMTP", placeholder: "smtps://user:password@mail.example.org" },
] as const;

type Kind = (typeof KINDS)[number]["kind"];

/** Adds a channel. What is typed here goes to the server once and is never shown again. */
export function AddChannel({ store }: { store: string }) {
  const id = useId();
  const [kind, setKind] = useState<Kind>("webhook");
  const [values, setValues] = useState({ name: "", url: "", secret: "", from: "", to: "" });
  const [severity, setSeverity] = useState("warning");
  const set = (name: keyof typeof values) => (value: string) => setValues({ ...values, [name]: value });
  const { name, url, secret, from, to } = values;
  const address =
    kind === "webhook"
      ? { kind, url, secret }
      : kind === "slack"
        ? { kind, url }
        : { kind, url, from, to: to.split(/[\s,;]+/).filter(Boolean) };
  return (
    <ActSheet
      store={store}
      url={urls.api(store, "/channels")}
      label="Add a channel"
      confirm="Add the channel"
      done="Added"
      keys="n"
      primary
      body={{ name, address, leastSeverity: severity }}
      ready={name !== "" && url !== ""}
      fields={
        <>
          <Field id={`${id}-name`} label="Name" value={name} onChange={set("name")} />
          <label htmlFor={`${id}-kind`}>Kind</label>
          <select
            id={`${id}-kind`}
            className="field"
            value={kind}
            onChange={(event) => setKind(event.target.value as Kind)}
          >
            {KINDS.map((each) => (
              <option key={each.kind} value={each.kind}>
                {each.label}
              </option>
            ))}
          </select>
          <Field
            id={`${id}-url`}
            label={kind === "email" ? "Mail server" : "Address"}
            value={url}
            onChange={set("url")}
            placeholder={KINDS.find((each) => each.kind === kind)?.placeholder}
          />
          {kind === "webhook" ? (
            <>
              <Field
                id={`${id}-secret`}
                label="Key of the signature, to be copied to the receiver"
                value={secret}
                onChange={set("secret")}
                placeholder="whsec_…"
              />
              <button type="button" className="btn justify-self-start" onClick={() => set("secret")(newKey())}>
                Make a key
              </button>
            </>
          ) : null}
          {kind === "email" ? (
            <>
              <Field
                id={`${id}-from`}
                label="From"
                value={from}
                onChange={set("from")}
                placeholder="tidemark@example.org"
              />
              <Field
                id={`${id}-to`}
                label="To, with commas between"
                value={to}
                onChange={set("to")}
                placeholder="on-call@example.org"
              />
            </>
          ) : null}
          <SeverityField value={severity} onChange={setSeverity} />
        </>
      }
    >
      It is told when alerts fire and when they are over. Addresses on private networks need TIDEMARK_ALERT_TARGETS.
    </ActSheet>
  );
}

function Field({
  id,
  label,
  value,
  onChange,
  placeholder,
}: {
  id: string;
  label: string;
  value: string;
  onChange: (value: string) => void;
  placeholder?: string | undefined;
}) {
  return (
    <>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="field"
        autoComplete="off"
        spellCheck={false}
        required
        value={value}
        placeholder={placeholder}
        onChange={(event) => onChange(event.target.value)}
      />
    </>
  );
}

/** 32 random bytes, as Standard Webhooks writes keys. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return `whsec_${btoa(String.fromCharCode(...bytes))}`;
}

"use client";
import { useState } from "react";
import { ActButton } from "@/app/_ui/act-button.client";
import { Field, WhyFields } from "@/app/_ui/act-fields.client";
import { ActForm, textOf } from "@/app/_ui/act-form.client";
import { ActSheet } from "@/app/_ui/act-sheet.client";
import { CopyButton } from "@/app/_ui/copy-button.client";
import { ErrorPanel } from "@/app/_ui/error-panel.client";
import { FirstLink } from "@/app/_ui/first-link.client";
import { KeyHint } from "@/app/_ui/key-hint";
import { PauseOrResume } from "@/app/_ui/pause-or-resume";
import { Reveal } from "@/app/_ui/reveal.client";
import { Revealed } from "@/app/_ui/revealed.client";
import { SchemaForm } from "@/app/_ui/schema-form.client";
import { ThemeSwitch } from "@/app/_ui/theme-switch.client";
import { TimeZoneButton } from "@/app/_ui/time-zone.client";
import { type Until, UntilField } from "@/app/_ui/until-field.client";
import { Part, States } from "./part";

const NOWHERE = "/api/v1/local/nothing";

const SCHEMA = {
  type: "object",
  required: ["sku", "quantity"],
  properties: {
    sku: { type: "string", minLength: 1 },
    quantity: { type: "integer", minimum: 1 },
    gift: { type: "boolean" },
    note: { type: "string", personal: true },
  },
};

/** What acts and asks. The acts lead nowhere: the server says no to each, which shows how that looks. */
export function ActParts() {
  const [until, setUntil] = useState<Until>({ choice: "deploy", own: "" });
  return (
    <>
      <Part file="act-button.client.tsx, act-sheet.client.tsx, pause-or-resume.tsx, key-hint.tsx">
        <States>
          <ActButton url={NOWHERE} label="Acknowledge" means="You have it." done="Acknowledged" icon="check" primary />
          <button type="button" className="btn">
            Test first <KeyHint keys="t" />
          </button>
          <PauseOrResume url={NOWHERE} name="order-summary" paused={false} />
          <PauseOrResume url={NOWHERE} name="order-summary" paused />
          <ActSheet
            store="local"
            url={NOWHERE}
            label="Recoverable"
            confirm="Cancel run 12"
            done="Cancelled"
            needsReason
          >
            It can be begun again.
          </ActSheet>
          <ActSheet
            store="local"
            url={NOWHERE}
            label="For good"
            confirm="Skip 3 events"
            done="Skipped"
            typed="DL-31"
            danger
            needsReason
          >
            Nobody can take it back.
          </ActSheet>
          <button type="button" className="btn" disabled>
            Disabled
          </button>
        </States>
      </Part>
      <Part file="act-form.client.tsx, act-fields.client.tsx">
        <ActForm
          label="An act"
          url={NOWHERE}
          body={(form) => ({ reason: textOf(form, "reason") })}
          next={() => "#"}
          button="Rebuild order-summary in local"
        >
          <Field label="Days" name="days" type="number" className="w-24" defaultValue={30} note="One month." />
          <WhyFields asked={{ reason: true, ticket: false }} />
        </ActForm>
      </Part>
      <Part file="reveal.client.tsx, revealed.client.tsx">
        <States>
          <Reveal store="local" events={["018f3c00-0000-7000-8000-00000000c41e"]} />
          <Revealed hide={() => undefined}>
            <p className="mono">name &quot;Ada King&quot;</p>
          </Revealed>
        </States>
      </Part>
      <Part file="copy-button.client.tsx, first-link.client.tsx, theme-switch.client.tsx, time-zone.client.tsx">
        <States>
          <CopyButton text="order-42" what="stream" />
          <CopyButton text="order-42" what="as curl" shown />
          <FirstLink href="#" className="link">
            Open the event
          </FirstLink>
          <ThemeSwitch initial="system" />
          <TimeZoneButton />
        </States>
      </Part>
      <Part file="schema-form.client.tsx, until-field.client.tsx">
        <div className="grid max-w-md gap-3 px-4">
          <SchemaForm
            schema={SCHEMA}
            issues={[{ path: "quantity", message: "must be at least 1" }]}
            onChange={() => undefined}
          />
          <UntilField until={until} onChange={setUntil} />
        </div>
      </Part>
      <Part file="error-panel.client.tsx">
        <ErrorPanel reference="3f2c" onRetry={() => undefined} />
      </Part>
    </>
  );
}

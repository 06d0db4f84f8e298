"use client";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { urls } from "@/app/_lib/urls";
import { ActSheet } from "@/app/_ui/act-sheet.client";
import { announce } from "@/app/_ui/announce";
import { askAct } from "@/app/_ui/post-act";
import type { ChannelRow } from "@/lib/queries/alert-channels";

/** Tests a channel, switches it off or on, changes what it is told of, removes it. */
export function ChannelActs({ store, channel }: { store: string; channel: ChannelRow }) {
  const url = (act = "") => urls.api(store, `/channels/${channel.id}${act}`);
  const [severity, setSeverity] = useState<string>(channel.leastSeverity);
  return (
    <span className="flex flex-wrap items-center justify-end gap-2 md:flex-nowrap max-md:justify-start">
      {channel.enabled ? <TestButton url={url("/test")} name={channel.name} /> : null}
      <ActSheet
        store={store}
        url={url()}
        label={channel.enabled ? "Switch off" : "Switch on"}
        confirm={`${channel.enabled ? "Switch off" : "Switch on"} ${channel.name}`}
        done={channel.enabled ? "Switched off" : "Switched on"}
        body={{ enabled: !channel.enabled }}
      >
        {channel.enabled
          ? "It is told nothing from now on, and what waits to be sent to it is dropped."
          : "It is told of what happens from now on."}
      </ActSheet>
      <ActSheet
        store={store}
        url={url()}
        label="Change"
        confirm={`Change ${channel.name}`}
        done="Changed"
        body={{ leastSeverity: severity }}
        ready={severity !== channel.leastSeverity}
        fields={<SeverityField value={severity} onChange={setSeverity} />}
      >
        What it is told of. To change its address, add a channel anew and remove this one, or use the CLI.
      </ActSheet>
      <ActSheet
        store={store}
        url={url("/remove")}
        act="remove-channel"
        label="Remove"
        confirm={`Remove ${channel.name}`}
        done="Removed"
        danger
      >
        Its address is forgotten, and with it the record of what was sent to it.
      </ActSheet>
    </span>
  );
}

/** Which alerts a channel is told of. */
export function SeverityField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return (
    <label className="grid gap-1">
      Is told of
      <select className="field" value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="critical">critical alerts only</option>
        <option value="warning">warnings and worse</option>
        <option value="notice">everything, news too</option>
      </select>
    </label>
  );
}

function TestButton({ url, name }: { url: string; name: string }) {
  const router = useRouter();
  const [said, setSaid] = useState<string>();
  const [pending, start] = useTransition();
  const test = () =>
    start(async () => {
      const { answer, problem } = await askAct(url, {});
      const words = problem ?? wordsFor(answer, name);
      setSaid(words);
      announce(words);
      router.refresh();
    });
  return (
    <>
      {said ? <span className="text-data">{said}</span> : null}
      <button type="button" className="btn" disabled={pending} onClick={test} aria-label={`Test ${name}`}>
        {pending ? "Testing…" : "Test"}
      </button>
    </>
  );
}

function wordsFor(answer: unknown, name: string): string {
  const { sent, observed, delivery } = answer as {
    sent: boolean;
    observed: boolean;
    delivery: { error: string | null } | null;
  };
  if (sent) return `${name} has taken it`;
  return observed ? `Not taken: ${delivery?.error ?? "no reason is known"}` : "No worker has sent it yet";
}

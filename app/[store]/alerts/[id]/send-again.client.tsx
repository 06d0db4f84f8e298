"use client";
import { ActButton } from "@/app/_ui/act-button.client";
import { ActSheet } from "@/app/_ui/act-sheet.client";
import { useDemand } from "@/app/_ui/demands.client";

const ACT = "send-notice-again";

/** Sends a notice once more: in one press, or with a reason where the store asks for one. */
export function SendAgain({ store, url, channel }: { store: string; url: string; channel: string }) {
  const words = { label: `Send again to ${channel}`, done: `The notice goes to ${channel} once more` };
  const means = "What has arrived cannot be called back: people are told a second time.";
  if (useDemand(ACT) === undefined)
    return <ActButton url={url} shown="Send again" icon="send" means={means} {...words} />;
  return (
    <ActSheet store={store} url={url} act={ACT} label="Send again" confirm={words.label} done={words.done}>
      {means}
    </ActSheet>
  );
}

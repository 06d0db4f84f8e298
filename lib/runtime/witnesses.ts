import { shownAddress } from "@/lib/alerts/channel";
import type { RestrictedTarget } from "@/lib/alerts/send/allowed-target";
import { post } from "@/lib/alerts/send/post";
import { signWebhook } from "@/lib/alerts/send/send-webhook";
import { bucketWitness } from "@/lib/integrity/bucket-witness";
import { folderWitness, type Witness } from "@/lib/integrity/witness";
import type { Config } from "@/lib/runtime/config";

/** The witnesses that the environment names. */
export function witnessesOf({ witness, alertTargets }: Pick<Config, "witness" | "alertTargets">): readonly Witness[] {
  return [
    ...(witness.folder === null ? [] : [folderWitness(witness.folder)]),
    ...(witness.webhook === null ? [] : [webhookWitness(witness.webhook, alertTargets)]),
    ...(witness.bucket === null ? [] : [bucketWitness(witness.bucket)]),
  ];
}

/**
 * A webhook as alerts are sent to one: signed as Standard Webhooks describes it, to addresses that may be reached. The id is that of the
 * size, the same in every attempt.
 */
function webhookWitness(to: NonNullable<Config["witness"]["webhook"]>, allowed: readonly RestrictedTarget[]): Witness {
  return {
    name: `webhook ${shownAddress(to)}`,
    publish: async ({ size, position, note, signedAt }) => {
      const { url, secret } = to;
      const data = { size, position, note };
      const body = JSON.stringify({ type: "checkpoint.signed", timestamp: signedAt, data });
      const [id, timestamp] = [`msg_checkpoint_${size}`, String(Math.floor(Date.now() / 1_000))];
      const signature = signWebhook({ id, timestamp, body, secret });
      const headers = { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature };
      const { kind, error } = await post({ url, body, headers, allowed });
      return kind === "sent" ? null : (error ?? kind);
    },
  };
}

import { createHmac } from "node:crypto";
import type { RestrictedTarget } from "@/lib/alerts/send/allowed-target";
import type { Outcome } from "@/lib/alerts/send/outcome";
import { post } from "@/lib/alerts/send/post";
import { type Envelope, webhookBody } from "@/lib/alerts/send/render-notice";

/**
 * Sends a notice as Standard Webhooks describes it: the signature is over id, time and body. The id is that of the state change,
 * the same in every attempt, so that the receiver can tell a repetition.
 */
export async function sendWebhook(
  envelope: Envelope,
  { url, secret }: { readonly url: string; readonly secret: string },
  allowed: readonly RestrictedTarget[],
): Promise<Outcome> {
  const body = webhookBody(envelope);
  const id = `msg_${envelope.messageId}`;
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const signature = signWebhook({ id, timestamp, body, secret });
  return post({
    ...{ url, body, allowed },
    headers: { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature },
  });
}

/** The value of `webhook-signature`. `secret` is written `whsec_` and base64. */
export function signWebhook(signed: {
  readonly id: string;
  readonly timestamp: string;
  readonly body: string;
  readonly secret: string;
}): string {
  const key = Buffer.from(signed.secret.replace(/^whsec_/, ""), "base64");
  const mac = createHmac("sha256", key).update(`${signed.id}.${signed.timestamp}.${signed.body}`).digest("base64");
  return `v1,${mac}`;
}

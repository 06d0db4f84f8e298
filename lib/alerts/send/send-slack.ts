import type { RestrictedTarget } from "@/lib/alerts/send/allowed-target";
import type { Outcome } from "@/lib/alerts/send/outcome";
import { post } from "@/lib/alerts/send/post";
import { type Envelope, subjectOf, textOf } from "@/lib/alerts/send/render-notice";

/** Sends a notice to whatever takes Slack's incoming webhooks: Slack, Mattermost, Rocket.Chat and others. */
export async function sendSlack(
  envelope: Envelope,
  { url }: { readonly url: string },
  allowed: readonly RestrictedTarget[],
): Promise<Outcome> {
  const text = `*${escaped(subjectOf(envelope))}*\n${escaped(textOf(envelope))}`;
  return post({ url, body: JSON.stringify({ text }), allowed });
}

/** A stream name must not become a mention or a link. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

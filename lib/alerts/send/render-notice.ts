import type { Notice } from "@/lib/alerts/write-step";

/** What goes with a notice when it is sent: its id, and where the console is; null when nobody has said. */
export type Envelope = { readonly messageId: string; readonly notice: Notice; readonly consoleUrl: string | null };

/** The address of the alert in the console; its path alone when nobody has said where the console is. */
function alertLink({ notice, consoleUrl }: Envelope): string {
  return `${consoleUrl?.replace(/\/$/, "") ?? ""}/local/alerts/${notice.data.alert}`;
}

/** The body of a webhook, byte for byte the same in every attempt. */
export function webhookBody(envelope: Envelope): string {
  const { type, at, data } = envelope.notice;
  if (type === "alert.test") return JSON.stringify({ type, timestamp: at, data: { message: textOf(envelope) } });
  const link = alertLink(envelope);
  return JSON.stringify({ type, timestamp: at, data: { ...data, url: link, runbook: `${link}#runbook` } });
}

/** One line that says it all. */
export function subjectOf({ notice: { type, data } }: Envelope): string {
  if (type === "alert.test") return "Test notice of Tidemark";
  return `${data.state === "firing" ? data.severity.toUpperCase() : data.state}: ${data.title}`;
}

/** The notice for people, as plain text. It holds ids and places, never payloads. */
export function textOf(envelope: Envelope): string {
  const { notice } = envelope;
  const { data } = notice;
  if (notice.type === "alert.test") {
    return "This is a test. Nothing is wrong; alerts that this channel wants to hear of will arrive here.";
  }
  const event = eventOf(data.cause);
  return [
    `${data.title}`,
    `${data.state} (${data.severity}), since ${data.since}${data.reason ? `: ${data.reason}` : ""}`,
    ...(event ? [`Event ${event.position}, ${event.type} in ${event.stream}`] : []),
    ...(data.state === "acknowledged" || data.state === "silenced" ? [`by ${data.by}`] : []),
    alertLink(envelope),
  ].join("\n");
}

function eventOf(cause: unknown): { position: string; type: string; stream: string } | null {
  const event = (cause as { event?: { position: string; type: string; stream: string } | null }).event;
  return event ?? null;
}

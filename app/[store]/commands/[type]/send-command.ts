import { urls } from "@/app/_lib/urls";
import type { FormIssue } from "@/app/_ui/schema-form.client";

/** An event that a command led to. */
type SentEvent = { readonly id: string; readonly type: string; readonly version: number };

/** What came of a command: it was carried out, refused by the domain, or its input or the way to it was at fault. */
export type SendResult =
  | {
      readonly kind: "accepted";
      readonly stream: string;
      readonly version: number;
      readonly position: string | null;
      readonly consistencyToken: string | null;
      readonly events: readonly SentEvent[];
      readonly correlationId: string;
      readonly replayed: boolean;
    }
  | { readonly kind: "rejected"; readonly code: string; readonly message: string }
  | { readonly kind: "fault"; readonly message: string; readonly issues: readonly FormIssue[] };

/**
 * Sends one command to the API of the same origin. With the same `idempotencyKey` it is carried out once, however often
 * it is sent; so a lost answer is no reason to fear a second press.
 */
export async function sendCommand(
  store: string,
  command: { readonly category: string; readonly id: string; readonly name: string; readonly input: unknown },
  idempotencyKey: string,
): Promise<SendResult> {
  const path = [command.category, command.id, command.name].map(encodeURIComponent).join("/");
  try {
    const answer = await fetch(urls.api(store, `/commands/${path}`), {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": idempotencyKey },
      body: JSON.stringify(command.input ?? {}),
    });
    const body = (await answer.json()) as Record<string, unknown>;
    return answer.ok ? ({ kind: "accepted", ...body } as unknown as SendResult) : refusalOf(body, answer.status);
  } catch {
    return {
      kind: "fault",
      message: "No answer came. Send it again: the same command with the same input is carried out once.",
      issues: [],
    };
  }
}

function refusalOf(problem: Readonly<Record<string, unknown>>, status: number): SendResult {
  const message = typeof problem.detail === "string" ? problem.detail : `The server answered ${status}.`;
  if (problem.code === "rejected") return { kind: "rejected", code: String(problem.rejection), message };
  const issues = Array.isArray(problem.issues) ? (problem.issues as FormIssue[]) : [];
  return { kind: "fault", message, issues };
}

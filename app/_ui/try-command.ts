import type { FormIssue } from "./schema-form.client";
import type { Tried } from "./what-if-answer";

/** What came of a trial: what the command would have led to, or why it could not be tried. */
export type TryResult =
  | { readonly kind: "tried"; readonly tried: Tried }
  | { readonly kind: "fault"; readonly message: string; readonly issues: readonly FormIssue[] };

/**
 * Tries a command at a stream's what-if address: at a version, or at the last one when none is given. Nothing is stored,
 * and personal data is masked in the answer.
 */
export async function tryCommand(
  url: string,
  attempt: { readonly version?: number; readonly command: string; readonly input: unknown },
): Promise<TryResult> {
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(attempt),
    });
    const said = (await answer.json()) as Record<string, unknown>;
    if (answer.ok) return { kind: "tried", tried: said as unknown as Tried };
    const issues = Array.isArray(said.issues) ? (said.issues as FormIssue[]) : [];
    const message = typeof said.detail === "string" ? said.detail : `The server answered ${answer.status}.`;
    return { kind: "fault", message, issues };
  } catch {
    return { kind: "fault", message: "No answer came. Nothing was stored; try it again.", issues: [] };
  }
}

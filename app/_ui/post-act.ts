/**
 * Sends one act of the operator to the API of the same origin and resolves to what went wrong, or undefined. The
 * problem document's own words are shown: they name the cause and the next step.
 */
export async function postAct(url: string, body: Readonly<Record<string, unknown>> = {}): Promise<string | undefined> {
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (answer.ok) return undefined;
    const problem: unknown = await answer.json().catch(() => undefined);
    const detail =
      typeof problem === "object" && problem !== null ? (problem as Record<string, unknown>).detail : undefined;
    return typeof detail === "string" ? detail : `The server answered ${answer.status}.`;
  } catch {
    return "The console's server does not answer. Nothing was changed as far as this page knows; try again.";
  }
}

/** Sends one act of the operator to the API of the same origin and resolves to what went wrong, or undefined. */
export async function postAct(url: string, body: Readonly<Record<string, unknown>> = {}): Promise<string | undefined> {
  return (await askAct(url, body)).problem;
}

/** What the server answered, or what went wrong in words. */
type Asked = { readonly answer?: unknown; readonly problem?: string | undefined };

/**
 * The same, with the server's answer. The problem document's own words are shown: they name the cause and the next step.
 */
export async function askAct(url: string, body: Readonly<Record<string, unknown>>): Promise<Asked> {
  return answerOf(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

/** Looks at what an act would do, for its sheet. */
export function askPreview(url: string): Promise<Asked> {
  return answerOf(url, { cache: "no-store" });
}

async function answerOf(url: string, request: RequestInit): Promise<Asked> {
  try {
    const answer = await fetch(url, request);
    const said: unknown = await answer.json().catch(() => undefined);
    if (answer.ok) return { answer: said };
    const detail = typeof said === "object" && said !== null ? (said as Record<string, unknown>).detail : undefined;
    return { problem: typeof detail === "string" ? detail : `The server answered ${answer.status}.` };
  } catch {
    return {
      problem: "The console's server does not answer. Nothing was changed as far as this page knows; try again.",
    };
  }
}

/** One frame of a stream of server-sent events. `event` is `message` where the server names none. */
export type Frame = { readonly event: string; readonly id: string | undefined; readonly data: string };

/**
 * Reads server-sent events (HTML standard, section 9.2.6) until the server ends the stream. Throws when the connection
 * breaks, when nothing at all has come for `silenceMs`, and when `signal` is aborted.
 */
export async function* readFrames(
  response: Response,
  { silenceMs, signal }: { readonly silenceMs: number; readonly signal: AbortSignal },
): AsyncGenerator<Frame> {
  const reader = response.body?.getReader();
  if (!reader) return;
  const decoder = new TextDecoder();
  let rest = "";
  let draft = emptyDraft();
  try {
    for (;;) {
      const { done, value } = await heard(reader, silenceMs, signal);
      if (done) return;
      rest += decoder.decode(value, { stream: true });
      // A carriage return at the end may be half of a line break; it waits for the next part.
      const whole = rest.endsWith("\r") ? rest.slice(0, -1) : rest;
      const lines = whole.split(/\r\n|\n|\r/);
      rest = (lines.pop() ?? "") + rest.slice(whole.length);
      for (const line of lines) {
        if (line !== "") take(draft, line);
        else {
          if (draft.data.length > 0) yield { event: draft.event, id: draft.id, data: draft.data.join("\n") };
          draft = emptyDraft();
        }
      }
    }
  } finally {
    // Not waited for: whoever leaves is not kept by a connection that is slow to close.
    reader.cancel().catch(() => undefined);
  }
}

type Draft = { event: string; id: string | undefined; readonly data: string[] };

function emptyDraft(): Draft {
  return { event: "message", id: undefined, data: [] };
}

function take(draft: Draft, line: string): void {
  const colon = line.indexOf(":");
  if (colon === 0) return; // A comment: the heartbeat.
  const field = colon === -1 ? line : line.slice(0, colon);
  const value = colon === -1 ? "" : line.slice(colon + (line[colon + 1] === " " ? 2 : 1));
  if (field === "data") draft.data.push(value);
  else if (field === "event") draft.event = value;
  else if (field === "id") draft.id = value;
}

/**
 * The next part, unless it stays away. The signal that the request was sent with is not enough: an abort does not always
 * reach a body that is being read (seen once in some forty runs with Node 20), and whoever follows could not leave.
 */
async function heard(reader: ReadableStreamDefaultReader<Uint8Array>, silenceMs: number, signal: AbortSignal) {
  signal.throwIfAborted();
  let onAbort: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing came for ${silenceMs} ms`)), silenceMs);
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([reader.read(), end]);
  } finally {
    clearTimeout(timer);
    if (onAbort) signal.removeEventListener("abort", onAbort);
  }
}

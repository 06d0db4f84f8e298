import { CliError, refusal } from "@/bin/cli/cli-error";
import { exitCode } from "@/bin/cli/exit-code";
import type { Target } from "@/bin/cli/find-instance";

/** A request: `path` begins with `/` and is already encoded; absent query values are left out. */
export type Ask = {
  readonly method?: "GET" | "POST";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: string | Buffer;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
};

/** Tidemark's answer: the raw text, so that payloads can be printed byte for byte. */
type Answer = { readonly status: number; readonly text: string; readonly json: () => unknown };

/** The HTTP API of one Tidemark. */
export type Api = {
  readonly target: Target;
  /** Throws `CliError` for every answer but 2xx, and when nobody answers. */
  readonly ask: (ask: Ask) => Promise<Answer>;
  /** The same, with the body still open; for streams. */
  readonly open: (ask: Ask) => Promise<Response>;
};

/** The path of the only store, with its parts encoded. */
export function storePath(...parts: readonly string[]): string {
  return `/api/v1/local/${parts.map(encodeURIComponent).join("/")}`;
}

/** Talks to `target`. Opens nothing before it is asked. */
export function createApi(target: Target): Api {
  const open = async (ask: Ask): Promise<Response> => {
    const response = await send(target, ask);
    if (!response.ok) throw refusal(response.status, await response.text().catch(() => ""));
    return response;
  };
  const ask = async (request: Ask): Promise<Answer> => {
    const response = await open(request);
    try {
      const text = await response.text();
      return { status: response.status, text, json: () => JSON.parse(text) as unknown };
    } catch (error) {
      throw unreachable(target, error);
    }
  };
  return { target, ask, open };
}

async function send(target: Target, ask: Ask): Promise<Response> {
  const headers = new Headers({ accept: "application/json" });
  if (target.token !== undefined) headers.set("authorization", `Bearer ${target.token}`);
  if (ask.body !== undefined) headers.set("content-type", ask.contentType ?? "application/json");
  for (const [name, value] of Object.entries(ask.headers ?? {})) if (value !== undefined) headers.set(name, value);
  try {
    return await fetch(addressOf(target, ask), {
      method: ask.method ?? "GET",
      headers,
      redirect: "error",
      ...(ask.body === undefined ? {} : { body: ask.body as string }),
      ...(ask.signal === undefined ? {} : { signal: ask.signal }),
    });
  } catch (error) {
    throw unreachable(target, error);
  }
}

function addressOf(target: Target, { path, query = {} }: Ask): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  return `${target.url}${path}${parameters.size > 0 ? `?${parameters}` : ""}`;
}

function unreachable(target: Target, error: unknown): unknown {
  if (error instanceof Error && error.name === "AbortError") return error;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const why = cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : String(cause);
  return new CliError(
    exitCode.unavailable,
    `Tidemark at ${target.url} does not answer (${why}).`,
    "See whether it runs with `tidemark status`; start it with `npm start`.",
    { code: "unavailable" },
  );
}

import { createHash } from "node:crypto";
import { type Received, type Reply, type Stub, startStub } from "@/bin/testing/stub-server";

/** A run as the API begins it, at its first line unless said otherwise. */
export const newRun = {
  ...{ run: { id: "7", throttle: null }, epoch: "1", made: true },
  ...{ lines: 0, digest: null, blank: 0, refused: 0 },
};

/** A stub with the addresses of an import: the parts that were sent to it, and how the run was ended. */
export type ImportStub = Stub & { readonly parts: () => readonly Received[]; readonly ends: () => readonly unknown[] };

/** Starts one. `store` answers for lines, `more` for what a test changes, by path. */
export async function startImportStub(
  store: (request: Received) => Reply | Promise<Reply>,
  more: Readonly<Record<string, () => Reply>> = {},
): Promise<ImportStub> {
  const stub = await startStub((request) => {
    const at = request.url.replace("/api/v1/local", "").replace(/\?.*/, "");
    const own = more[at];
    if (own) return own();
    if (at === "/imports") return { status: 201, json: newRun };
    return at === "/import" ? store(request) : { json: {} };
  });
  return {
    ...stub,
    parts: () => stub.received.filter(({ url }) => url.startsWith("/api/v1/local/import?")),
    ends: () =>
      stub.received.filter(({ url }) => url.endsWith("/imports/7/end")).map(({ body }) => JSON.parse(body) as unknown),
  };
}

/** Stores every line but those that hold "bad", like the API does. */
export function storeGoodLines({ body }: Received) {
  const lines = body.split("\n");
  const refused = lines.flatMap((line, at) =>
    line.includes("bad") ? [{ line: at + 1, reason: "bad-line", message: "It is bad." }] : [],
  );
  const appended = lines.filter((line) => line !== "").length - refused.length;
  const run = { id: "7", state: "running", throttle: null };
  return { json: { appended, duplicates: 0, refused, firstPosition: "1", lastPosition: String(appended), run } };
}

/** What a request was asked with. */
export function queryOf({ url }: Received): Readonly<Record<string, string>> {
  return Object.fromEntries(new URL(url, "http://t").searchParams);
}

/** The hash of lines, each with its line break. */
export function digestOf(lines: readonly string[]): string {
  return createHash("sha256")
    .update(lines.map((line) => `${line}\n`).join(""))
    .digest("hex");
}

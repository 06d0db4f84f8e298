import { type Message, textAt } from "@/lib/testing/proof/proxy/messages";

/** What a request may commit. */
export type CommitKind = (typeof commitKinds)[number];

/** Every kind: appends alone, appends in a transaction of the caller's own, and what else is committed. */
export const commitKinds = [
  "appends",
  "transactions",
  "imports",
  "consumers",
  "processes",
  "runs",
  "rebuilds",
] as const;

/** Follows what a client says, request by request, and knows which of its requests commit something when they are done. */
export function createRequestReader() {
  const statements = new Map<string, string>();
  let bound = "";
  let inTransaction = false;
  let doing: CommitKind | undefined;

  /** Takes a message; answers with what its request commits once the request is complete, else undefined. */
  function commits({ type, bytes }: Message): CommitKind | undefined {
    if (type === "Q") {
      const sql = textAt(bytes, 5).text;
      if (/^\s*begin/i.test(sql)) doing = undefined;
      return /^\s*commit/i.test(sql) ? (doing ?? undefined) : undefined;
    }
    if (type === "P") {
      const { text: name, next } = textAt(bytes, 5);
      statements.set(name, textAt(bytes, next).text);
    } else if (type === "B") bound = statements.get(textAt(bytes, textAt(bytes, 5).next).text) ?? "";
    else if (type === "S") {
      const kind = kindOf(bound);
      bound = "";
      if (!inTransaction) return kind === "transactions" ? "appends" : kind;
      doing = kind ?? doing;
    }
    return undefined;
  }

  return {
    commits,
    /** The server said, at the end of an answer, whether a transaction is open. */
    ready: (status: string) => {
      inTransaction = status !== "I";
    },
  };
}

function kindOf(sql: string): CommitKind | undefined {
  if (/from append\(/.test(sql)) return "transactions";
  if (/from import_events\(/.test(sql)) return "imports";
  if (/^with moved as/.test(sql)) return "consumers";
  if (/^update process_(commands|timers) /.test(sql)) return "processes";
  if (/^update runs set phase_at/.test(sql)) return "runs";
  if (/^update consumer_generations set replayed|^with promoted as/.test(sql)) return "rebuilds";
  return undefined;
}

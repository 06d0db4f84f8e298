import { z } from "zod";
import type { Call } from "@/app/_lib/route";
import { LOCAL_STORE } from "@/app/_lib/urls";
import { consistencyToken, readConsistencyToken } from "@/lib/kernel/consistency-token";
import { InvalidRequest } from "@/lib/kernel/errors";
import { type Position, parsePosition } from "@/lib/kernel/position";
import { waitForLog, waitForReadModel } from "@/lib/queries/wait-for-position";

/** Carries the token of a write on its answer, and asks a read to wait for it. */
const HEADER = "tidemark-consistency-token";

/** What a read has to have come to: a position or a token. */
export const minPosition = z
  .string()
  .max(500)
  .describe(
    "Wait, at most 10 s, until this position, or the write with this consistency token, is in the answer; else 504. The header Tidemark-Consistency-Token says the same.",
  )
  .optional();

/** What an answer to a write carries in its body, and as a header; nothing when nothing was written. */
export function tokenOf(position: Position | null): {
  readonly field: { readonly consistencyToken: string | null };
  readonly headers: Readonly<Record<string, string>>;
} {
  if (position === null) return { field: { consistencyToken: null }, headers: {} };
  const token = consistencyToken({ store: LOCAL_STORE, position });
  return { field: { consistencyToken: token }, headers: { [HEADER]: token } };
}

type Waiting = Pick<
  Call<{ readonly minPosition?: string | undefined } | undefined, unknown>,
  "context" | "request" | "query"
>;

/**
 * Waits until the read sees the write that the caller names, if it names one: in the read model `model`, or in the log.
 * Throws `InvalidRequest` for what is neither position nor token of this store, `NotYet` after 10 s.
 */
export async function waitForWrite({ context, request, query }: Waiting, model?: string): Promise<void> {
  const asked = query?.minPosition ?? request.headers.get(HEADER);
  if (asked === undefined || asked === null) return;
  const position = positionOf(asked);
  const options = { signal: request.signal };
  if (model === undefined) await waitForLog(context, position, options);
  else await waitForReadModel(context, model, position, options);
}

/** The position that a position or a token of this store stands for. Throws `InvalidRequest`. */
export function positionOf(asked: string): Position {
  const plain = parsePosition(asked);
  if (plain !== undefined) return plain;
  const written = readConsistencyToken(asked);
  if (!written) throw refused("must be a position, or the consistency token of a write");
  if (written.store !== LOCAL_STORE)
    throw refused(`is the token of a write to the store ${written.store.slice(0, 60)}`);
  return written.position;
}

function refused(message: string): InvalidRequest {
  return new InvalidRequest(`minPosition ${message}.`, [{ path: "minPosition", message }]);
}

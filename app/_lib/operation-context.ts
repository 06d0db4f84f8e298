import type { Call } from "@/app/_lib/route";
import type { OperationContext } from "@/lib/operations/operation";

/** What an operation is given on behalf of a request. */
export function operationContext(call: Call<unknown, unknown>): OperationContext {
  const { pool, reads, store, catalog, commands, inline } = call.tidemark;
  return {
    pool,
    reads,
    store,
    catalog,
    commands,
    inline,
    principal: call.principal,
    requestId: call.requestId,
    signal: call.request.signal,
  };
}

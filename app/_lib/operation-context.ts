import type { Tidemark } from "@/app/_lib/tidemark";
import type { Principal } from "@/lib/access/principal";
import type { OperationContext } from "@/lib/operations/operation";

/** A request that is known to come from somebody. */
type Asked = {
  readonly tidemark: Tidemark;
  readonly principal: Principal;
  readonly request: Request;
  readonly requestId: string;
};

/** What an operation is given on behalf of a request. */
export function operationContext(call: Asked): OperationContext {
  const {
    pool,
    reads,
    store,
    catalog,
    commands,
    inline,
    sealing,
    runKinds,
    snapshots,
    consumers,
    build,
    safety,
    twoPersons,
    diskFree,
    keys,
  } = call.tidemark;
  return {
    pool,
    reads,
    store,
    catalog,
    commands,
    inline,
    sealing,
    runKinds,
    consumers,
    build,
    snapshots,
    diskFree,
    keys,
    safety,
    twoPersons,
    principal: call.principal,
    requestId: call.requestId,
    signal: call.request.signal,
  };
}

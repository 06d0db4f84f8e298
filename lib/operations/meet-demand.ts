import { InvalidRequest, TidemarkError } from "@/lib/kernel/errors";
import type { StoreSafety } from "@/lib/kernel/store-safety";
import type { Attribution } from "@/lib/operations/attribution";
import { demandOf } from "@/lib/operations/safety";

/** An act that is asked for: what it is, the name that is typed to confirm it, and what was said about it. */
type Asked = {
  readonly name: string;
  /** Undefined where the act checks a name by itself. */
  readonly typed: string | undefined;
  readonly said: Attribution;
};

/**
 * Lets an act through that the store asks nothing for, or all of whose demands are met. Throws `forbidden` in a locked store, and
 * `InvalidRequest` that lists everything that is missing.
 */
export function meetDemand(store: StoreSafety, { name, typed, said }: Asked): void {
  const demand = demandOf(store, name);
  if (demand.locked) {
    const message = `This store is locked: ${name} is not done here. Whoever runs Tidemark unlocks it with TIDEMARK_SAFETY=ask.`;
    throw new TidemarkError("forbidden", message, { safety: store });
  }
  const issues = [
    ...(demand.reason && !said.reason ? [{ path: "reason", message: "say why in a few words" }] : []),
    ...(demand.ticket && !said.ticket
      ? [{ path: "ticket", message: "name the change or incident it belongs to" }]
      : []),
    ...(demand.confirm && typed !== undefined && said.confirm !== typed
      ? [{ path: "confirm", message: `type the name ${typed}` }]
      : []),
  ];
  if (issues.length === 0) return;
  const missing = issues.map(({ path, message }) => `${path}: ${message}`).join("; ");
  throw new InvalidRequest(`This store asks for care before ${name}. ${missing}.`, issues);
}

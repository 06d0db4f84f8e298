import { json } from "@/app/_lib/answer";
import { type Endpoint, endpoint } from "@/app/_lib/route";
import type { Role } from "@/lib/access/principal";
import type { StoreSafety } from "@/lib/kernel/store-safety";
import { demandOf, type SafetyLevel, safety } from "@/lib/operations/safety";

/** An act that this installation offers. */
export type OfferedAct = {
  /** The operation's name, as the audit has it. */
  readonly name: string;
  readonly level: SafetyLevel;
  readonly undo: string;
  readonly role: Role;
  readonly needsReason: boolean;
  readonly needsTicket: boolean;
  /** Whether the name of what it acts on must be typed. */
  readonly needsName: boolean;
  readonly needsApproval: boolean;
  /** Whether this store does not do it at all. */
  readonly locked: boolean;
  readonly audited: boolean;
  /** The ways to it, each with what it does. */
  readonly calls: readonly { readonly path: string; readonly summary: string }[];
};

type Listed = readonly (readonly [method: string, endpoint: Endpoint])[];

/** Every act behind these endpoints as a store of this safety asks for it: the gravest first, then by name. */
export function offeredActs(endpoints: Listed, store: StoreSafety): readonly OfferedAct[] {
  const acts = new Map<string, OfferedAct>();
  for (const [, { operation, path, summary }] of endpoints) {
    if (!operation) continue;
    const { operationName: name, role, needsApproval, audited } = operation;
    const demand = demandOf(store, name);
    const needs = {
      ...{ needsReason: operation.needsReason || demand.reason, needsTicket: demand.ticket },
      ...{ needsName: operation.needsName || demand.confirm, needsApproval, locked: demand.locked },
    };
    const { level, undo } = safety[name] ?? { level: "S3", undo: "nobody has said how" };
    const calls = [...(acts.get(name)?.calls ?? []), { path, summary }];
    acts.set(name, { name, level, undo, role, ...needs, audited, calls });
  }
  return [...acts.values()].sort((a, b) => b.level.localeCompare(a.level) || a.name.localeCompare(b.name));
}

/** Which acts there are, and what each needs. */
export function actsEndpoint(endpoints: Listed): Endpoint {
  return endpoint({
    path: "/api/v1/{store}/acts",
    summary:
      "Every act with its level of safety, who may do it, and what this store asks for first: a reason, a ticket, a typed name, an approved preview",
    role: "viewer",
    handle: async ({ tidemark: { safety: store } }) => json({ safety: store, acts: offeredActs(endpoints, store) }),
  });
}

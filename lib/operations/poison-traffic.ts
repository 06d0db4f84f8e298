import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import { newId } from "@/lib/kernel/ids";
import { type Audit, committed, type OperationContext, operation } from "@/lib/operations/operation";

/** The switch after the act, and the streams that got a poison event. */
type Poisoned = { readonly poison: boolean; readonly streams: readonly string[] };

const ARTICLE = { sku: "DEMO-POISON", title: "Sample", quantity: 1, unitCents: 1_500 };

/**
 * `poison: true` puts a bug into one read model of the demo and sends it orders that it cannot take, to see what becomes of
 * them; `false` corrects the bug, as a deploy of fixed code would: what is parked then passes.
 */
export const poisonTraffic = operation({
  name: "poison-traffic",
  role: "operator",
  input: z.strictObject({ poison: z.boolean(), events: z.int().min(1).max(20).default(3) }),
  audited: true,
  target: () => "order-summary",
  act: async (context, { poison, events }, audit): Promise<Poisoned> => {
    const summary = poison
      ? `Put a bug into the demo's order-summary and sent ${events} poison events`
      : "Corrected the bug in the demo's order-summary";
    await switchTo(context, poison, summary, audit);
    const streams: string[] = [];
    for (let n = 0; poison && n < events; n++) streams.push(await order(context));
    return { poison, streams };
  },
  observe: async (_, __, poisoned) =>
    committed("the next event meets the switch, and the orders are in the log", poisoned),
});

async function switchTo({ pool }: OperationContext, poison: boolean, summary: string, audit: Audit): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query(
      "update traffic set settings = (settings::jsonb || jsonb_build_object('poison', $1::boolean))::json",
      [poison],
    );
    await audit(client, { type: poison ? "TrafficPoisoned" : "TrafficCured", summary, facts: { poison } });
  });
}

/** An order whose second event is the poison; the two after it wait behind. */
async function order({ commands, principal, requestId }: OperationContext): Promise<string> {
  const id = `poison-${newId().slice(-12)}`;
  const send = (command: string, input: unknown) =>
    commands.handle({
      category: "order",
      id,
      command,
      input,
      actor: principal.id,
      correlationId: `${requestId}-${id}`,
    });
  await send("OpenCart", { customerId: "c-poison", name: "Petra Poison", email: "petra@example.org" });
  await send("AddItem", ARTICLE);
  await send("AddItem", { ...ARTICLE, sku: "MUG-01", title: "Mug" });
  await send("PlaceOrder", {
    shipTo: { name: "Petra Poison", street: "1 Green Lane", postcode: "CB1 2AB", city: "Cambridge", country: "GB" },
  });
  return `order-${id}`;
}

import fc from "fast-check";
import { expect, test } from "vitest";
import { createCatalog } from "@/lib/catalog/catalog";
import { foldEvent } from "@/lib/catalog/fold";
import { createCommands } from "@/lib/commands/handle";
import { createMemoryStore } from "@/lib/testing/memory-store";
import type { Account } from "./account";
import { account } from "./decider";
import { ledger } from "./module";

const catalog = createCatalog([ledger]);
const customers = ["a", "b", "c"];
const customer = fc.constantFrom(...customers);
const amountCents = fc.integer({ min: 1, max: 500 });
const holdId = fc.constantFrom("h-1", "h-2");
const named = (command: string, input: Record<string, fc.Arbitrary<unknown>>) =>
  fc.record({ id: customer, command: fc.constant(command), input: fc.record(input) });
const acts = fc.oneof(
  named("Deposit", { amountCents, till: fc.constantFrom("till", "a") }),
  named("Withdraw", { amountCents, till: fc.constant("till") }),
  named("Transfer", { amountCents, to: customer }),
  named("PlaceHold", { holdId, amountCents, reason: fc.constant("card") }),
  named("ReleaseHold", { holdId }),
  named("CloseAccount", { reason: fc.constant("done") }),
);

test("whatever is asked, in turn or at once: all balances add up to zero after every append, and no customer overdraws", () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(acts, fc.boolean()), { maxLength: 40 }), async (sequence) => {
      const store = createMemoryStore();
      const commands = createCommands({ store, catalog });
      const open = (id: string, kind: string) =>
        commands.handle({ category: "account", id, command: "OpenAccount", input: { kind, ownerId: id, owner: id } });
      await Promise.all([open("till", "cash"), ...customers.map((id) => open(id, "customer"))]);
      let underWay: Promise<unknown>[] = [];
      for (const [index, [{ id, command, input }, alone]] of sequence.entries()) {
        const sent = commands.handle({ category: "account", id, command, input: { ...input, entryId: `e-${index}` } });
        underWay.push(sent.catch((error) => expect(error).toMatchObject({ code: "version-conflict" })));
        if (alone) {
          await Promise.all(underWay);
          underWay = [];
        }
      }
      await Promise.all(underWay);

      const states = new Map<string, Account>();
      for (const [index, event] of store.events.entries()) {
        const folded = foldEvent(catalog, account, states.get(event.stream) ?? account.initialState(), event);
        if ("reason" in folded) throw new Error(folded.reason);
        states.set(event.stream, folded.state);
        // The events of one append share their command's note; between them a reader never stands.
        const endsAppend = store.events[index + 1]?.command !== event.command;
        if (endsAppend) expect([...states.values()].reduce((sum, { balanceCents }) => sum + balanceCents, 0)).toBe(0);
        const { kind, balanceCents, holds } = folded.state;
        const held = Object.values(holds).reduce((sum, cents) => sum + cents, 0);
        if (kind === "customer") expect(balanceCents - held).toBeGreaterThanOrEqual(0);
      }
    }),
    { numRuns: 150 },
  ));

import { defineUpcaster } from "@/lib/define";

/** Until version 2, tills had no accounts: whatever was opened belonged to a customer. */
const accountOpenedV1 = defineUpcaster({
  type: "AccountOpened",
  from: 1,
  to: 2,
  personal: { holder: "holderId" },
  up: ({ accountId, holderId, holder }: { accountId: string; holderId: string; holder: string }) => ({
    accountId,
    kind: "customer",
    ownerId: holderId,
    owner: holder,
  }),
});

type TransferV1 = { reference: string; accountId: string; amount: number; text?: string };

/** Until version 2, amounts were decimal euros, and the purpose might be left out. */
const transferSentV1 = defineUpcaster({
  type: "TransferSent",
  from: 1,
  to: 2,
  up: ({ to, ...old }: TransferV1 & { to: string }) => ({ ...entryOf(old), to }),
});

/** The receiving side of the same. */
const transferReceivedV1 = defineUpcaster({
  type: "TransferReceived",
  from: 1,
  to: 2,
  up: ({ from, ...old }: TransferV1 & { from: string }) => ({ ...entryOf(old), from }),
});

/** The old forms of account events, each one step nearer to the present. */
export const accountUpcasters = [accountOpenedV1, transferSentV1, transferReceivedV1];

function entryOf({ reference, accountId, amount, text }: TransferV1) {
  return { entryId: reference, accountId, amountCents: Math.round(amount * 100), purpose: text ?? "" };
}

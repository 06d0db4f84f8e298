import { z } from "zod";
import { command, reject } from "@/lib/define";
import { type Account, availableCents, heldBy } from "./account";
import { accountEvents, accountKind, cents } from "./events";

const { AccountOpened, HoldPlaced, HoldReleased, AccountClosed } = accountEvents;

const open = command({
  description: "Opens an account for an owner, or for a till.",
  input: z.object({ kind: accountKind.default("customer"), ownerId: z.string().min(1), owner: z.string().min(1) }),
  decide: (account: Account, owner, { id: accountId }) => {
    if (account.status === "none") return AccountOpened({ accountId, ...owner });
    if (account.status === "open" && account.ownerId === owner.ownerId && account.kind === owner.kind) return [];
    return reject("ledger.account-taken", "This account is somebody else's or closed. Open one under a new id.");
  },
});

const placeHold = command({
  description: "Sets money aside, so that it cannot be spent until the hold is released.",
  input: z.object({ holdId: z.string().min(1), amountCents: cents, reason: z.string().min(1) }),
  decide: (account: Account, { holdId, amountCents, reason }, { id: accountId }) => {
    const no = refusal(account);
    if (no) return no;
    const held = heldBy(account, holdId);
    if (held === amountCents) return []; // Holding twice is a retry, not news.
    if (held > 0) return reject("ledger.hold-differs", `Hold ${holdId} is over ${held} cents. Release it first.`);
    return insufficient(account, amountCents) ?? HoldPlaced({ holdId, accountId, amountCents, reason });
  },
});

const releaseHold = command({
  description: "Gives held money back to its owner's use.",
  input: z.object({ holdId: z.string().min(1) }),
  decide: (account: Account, { holdId }, { id: accountId }) => {
    const held = heldBy(account, holdId);
    return held === 0 ? [] : HoldReleased({ holdId, accountId, amountCents: held });
  },
});

const close = command({
  description: "Closes an empty account for good.",
  input: z.object({ reason: z.string().min(1) }),
  decide: (account: Account, { reason }, { id: accountId }) => {
    if (account.status === "closed") return [];
    const no = refusal(account);
    if (no) return no;
    if (account.balanceCents !== 0 || Object.keys(account.holds).length > 0)
      return reject("ledger.not-empty", "Move the money out and release every hold before closing.");
    return AccountClosed({ accountId, reason });
  },
});

/** What may be asked of one account alone. */
export const accountCommands = {
  OpenAccount: open,
  PlaceHold: placeHold,
  ReleaseHold: releaseHold,
  CloseAccount: close,
};

/** The no of an account that takes part in nothing, or undefined when it is open. */
export function refusal({ status }: Account, which = "This account") {
  if (status === "none") return reject("ledger.unknown-account", `${which} does not exist. Open it first.`);
  if (status === "closed") return reject("ledger.account-closed", `${which} is closed; no money moves in or out.`);
  return undefined;
}

/** The no to spending more than there is, or undefined. A cash account owes by its nature and has no limit. */
export function insufficient(account: Account, amountCents: number) {
  const available = availableCents(account);
  if (account.kind === "cash" || amountCents <= available) return undefined;
  return reject("ledger.insufficient-funds", `${available} cents can be spent, ${amountCents} were asked for.`);
}

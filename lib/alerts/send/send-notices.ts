import type pg from "pg";
import type { RestrictedTarget } from "@/lib/alerts/send/allowed-target";
import { type Claimed, claimDeliveries, recordOutcome, settleLostClaims } from "@/lib/alerts/send/claim-deliveries";
import type { Outcome } from "@/lib/alerts/send/outcome";
import { sendEmail } from "@/lib/alerts/send/send-email";
import { sendSlack } from "@/lib/alerts/send/send-slack";
import { sendWebhook } from "@/lib/alerts/send/send-webhook";
import { pollLoop } from "@/lib/db/poll-loop";
import { failpoint } from "@/lib/kernel/failpoint";

/** Who sends, and where to. `consoleUrl` is what links in notices begin with. */
export type Sender = {
  readonly pool: pg.Pool;
  readonly owner: string;
  readonly consoleUrl: string | null;
  readonly allowed: readonly RestrictedTarget[];
  /** For how long a delivery is its own without a word of it; longer than any attempt takes when absent. */
  readonly leaseSeconds?: number;
};

const LOOK_MS = 1_000;

/**
 * Sends what is in the outbox until `signal` is aborted. Every worker may: a delivery belongs to whoever claimed it. Attempts run
 * beside each other, one a channel, so a receiver that does not answer holds nobody up but itself.
 */
export async function sendNotices(
  sender: Sender & { readonly signal: AbortSignal; readonly onError: (error: unknown) => void },
): Promise<void> {
  const { signal, onError } = sender;
  const underWay = new Set<Promise<unknown>>();
  await pollLoop({
    ...{ signal, onError, idleMs: LOOK_MS, errorMs: LOOK_MS, maxErrorMs: 10_000 },
    work: async () => {
      await settleLostClaims(sender.pool);
      for (const claimed of await claimDeliveries(sender.pool, sender.owner, sender.leaseSeconds)) {
        const attempt: Promise<unknown> = sendClaimed(sender, claimed)
          .catch(onError)
          .finally(() => underWay.delete(attempt));
        underWay.add(attempt);
      }
      return false;
    },
  });
  await Promise.all(underWay);
}

/** Sends one claimed delivery and writes down how it went. */
export async function sendClaimed(sender: Sender, claimed: Claimed): Promise<Outcome> {
  failpoint("notice.after-claim");
  const outcome = await send(sender, claimed);
  failpoint("notice.after-send");
  await recordOutcome(sender.pool, claimed, outcome);
  failpoint("notice.after-record");
  return outcome;
}

async function send({ consoleUrl, allowed }: Sender, { messageId, notice, address }: Claimed): Promise<Outcome> {
  const envelope = { messageId, notice, consoleUrl };
  switch (address.kind) {
    case "webhook":
      return sendWebhook(envelope, address, allowed);
    case "slack":
      return sendSlack(envelope, address, allowed);
    case "email":
      return sendEmail(envelope, address, allowed);
  }
}

import type pg from "pg";
import { type ChannelAddress, channelAddress } from "@/lib/alerts/channel";
import type { Outcome } from "@/lib/alerts/send/outcome";
import type { Notice } from "@/lib/alerts/write-step";

/** A delivery that this process has claimed: nobody else begins to send it before the lease is over. */
export type Claimed = {
  readonly id: string;
  /** The number of this attempt, and that of the last one in this row of tries. */
  readonly attempt: number;
  readonly lastAttempt: number;
  readonly messageId: string;
  readonly notice: Notice;
  readonly address: ChannelAddress;
};

/** Longer than any attempt takes: who has not answered by then does not live any more. */
const LEASE_S = 60;
const ATTEMPTS_MAX = 12;

/** The index by which a channel has one delivery on its way at most. */
const ONE_AT_A_TIME = "alert_deliveries_sending";

/**
 * Claims at most one delivery a channel: its attempt is written down before anything is sent. A channel with one on its way waits
 * for it, and of an alert nothing is sent before what came earlier, so that an end never arrives before its beginning. When two
 * claim in the same moment, a unique index lets one of them, and the other has nothing this time.
 */
export async function claimDeliveries(
  pool: pg.Pool,
  owner: string,
  leaseSeconds = LEASE_S,
): Promise<readonly Claimed[]> {
  try {
    return await claim(pool, owner, leaseSeconds);
  } catch (error) {
    if ((error as { constraint?: string }).constraint === ONE_AT_A_TIME) return [];
    throw error;
  }
}

async function claim(pool: pg.Pool, owner: string, leaseSeconds: number): Promise<readonly Claimed[]> {
  const { rows } = await pool.query<{
    id: bigint;
    attempts: number;
    attempts_before: number;
    message_id: string;
    body: string;
    kind: string;
    secret: string;
  }>({
    name: "claim_deliveries",
    text: `with claimed as (
             update alert_deliveries d
                set state = 'sending', attempts = d.attempts + 1, owner = $1, lease_expires_at = clock_timestamp() + make_interval(secs => $2)
               from (select next.id from alert_channels c
                      cross join lateral (
                        select w.id from alert_deliveries w
                         where w.channel = c.id and w.state = 'waiting' and w.next_attempt_at <= clock_timestamp() and w.ended_at is null
                           and not exists (select from alert_deliveries earlier where earlier.channel = w.channel
                                            and earlier.alert = w.alert and earlier.id < w.id and earlier.ended_at is null)
                         order by w.next_attempt_at, w.id limit 1 for update skip locked) next
                      where c.enabled and not exists (select from alert_deliveries s where s.channel = c.id and s.ended_at is null and s.state = 'sending')) due
              where d.id = due.id returning d.*),
           begun as (insert into alert_attempts (delivery, attempt, owner) select id, attempts, owner from claimed)
           select d.id, d.attempts, d.attempts_before, d.message_id, d.body::text as body, c.kind, c.secret::text as secret
             from claimed d join alert_channels c on c.id = d.channel`,
    values: [owner, leaseSeconds],
  });
  return rows.map(({ id, attempts, attempts_before: before, message_id, body, kind, secret }) => ({
    id: String(id),
    attempt: attempts,
    lastAttempt: before + ATTEMPTS_MAX,
    messageId: message_id,
    notice: JSON.parse(body) as Notice,
    address: channelAddress.parse({ kind, ...(JSON.parse(secret) as object) }),
  }));
}

/**
 * Writes how an attempt ended, if it is still the delivery's last. A webhook's repetition can be told by its id, so what may have
 * arrived is sent again; to other channels it is not: they would tell people twice.
 */
export async function recordOutcome(
  pool: pg.Pool,
  { id, attempt, lastAttempt, address }: Claimed,
  outcome: Outcome,
): Promise<void> {
  const again = outcome.kind === "later" || (outcome.kind === "unknown" && address.kind === "webhook");
  const state = again ? (attempt >= lastAttempt ? "failed" : "waiting") : STATES[outcome.kind];
  await pool.query({
    name: "record_delivery",
    text: `with ended as (
             update alert_deliveries
                set state = $3, status = $4, error = $5, owner = null, lease_expires_at = null,
                    ended_at = case when $3 = 'waiting' then null else clock_timestamp() end,
                    next_attempt_at = clock_timestamp() + make_interval(secs => least(900, 5 * 2 ^ (attempts - attempts_before - 1)))
              where id = $1 and attempts = $2 and (state = 'sending' or ($3 = 'sent' and state <> 'sent')))
           update alert_attempts set ended_at = clock_timestamp(), status = $4, error = $5 where delivery = $1 and attempt = $2`,
    values: [id, attempt, state, outcome.status, outcome.error],
  });
}

const STATES = { sent: "sent", refused: "failed", unknown: "unknown", later: "waiting" } as const;

/**
 * Deliveries whose sender died between claim and record: nobody knows whether they arrived. Those of webhooks are sent again
 * under the same id; of the others an operator is told.
 */
export async function settleLostClaims(pool: pg.Pool): Promise<void> {
  await pool.query({
    name: "settle_lost_claims",
    text: `with lost as (
             update alert_deliveries d
                set state = case when c.kind = 'webhook' then 'waiting' else 'unknown' end, owner = null, lease_expires_at = null,
                    ended_at = case when c.kind = 'webhook' then null else clock_timestamp() end, error = 'the sender was lost'
               from alert_channels c
              where c.id = d.channel and d.ended_at is null and d.state = 'sending' and d.lease_expires_at < clock_timestamp()
             returning d.id, d.attempts)
           update alert_attempts a set ended_at = clock_timestamp(), error = 'the sender was lost'
             from lost where a.delivery = lost.id and a.attempt = lost.attempts and a.ended_at is null`,
  });
}

import type pg from "pg";
import type { Arrived } from "@/lib/testing/notice-receiver";

type Delivery = {
  readonly message: string;
  readonly alert: string;
  readonly to: string;
  readonly kind: "webhook" | "slack";
  readonly state: string;
};

/**
 * What contradicts the receiver, in words. People are told of a step once when it is noted as sent, at most once when nobody
 * knows, and never of what is not noted. A webhook's notice arrived when it is noted as sent, always with the same body, and of an
 * alert first what came first.
 */
export async function checkNotices(owner: pg.Pool, arrived: readonly Arrived[]): Promise<string[]> {
  const { rows } = await owner.query<Delivery>(
    `select 'msg_' || d.message_id as message, d.alert::text as alert, t.to_state as to, c.kind, d.state
       from alert_deliveries d join alert_channels c on c.id = d.channel
       join alert_transitions t on t.alert = d.alert and t.seq = d.seq order by d.id`,
  );
  return [...checkPeople(rows, arrived), ...checkWebhook(rows, arrived)];
}

function checkPeople(rows: readonly Delivery[], arrived: readonly Arrived[]): string[] {
  const least = new Map<string, number>();
  const most = new Map<string, number>();
  for (const { alert, to, kind, state } of rows) {
    const step = `${alert} ${to}`;
    if (kind !== "slack" || state === "failed") continue;
    if (state === "sent") add(least, step);
    add(most, step);
  }
  const told = new Map<string, number>();
  for (const one of arrived) if (one.kind === "slack") add(told, one.step);
  return [...new Set([...most.keys(), ...told.keys()])].flatMap((step) => {
    const [times, low, high] = [told.get(step) ?? 0, least.get(step) ?? 0, most.get(step) ?? 0];
    return times >= low && times <= high
      ? []
      : [`people were told ${times} times of ${step}, not ${low} to ${high} times`];
  });
}

function checkWebhook(rows: readonly Delivery[], arrived: readonly Arrived[]): string[] {
  const found: string[] = [];
  const bodies = new Map<string, string>();
  const order: string[] = [];
  for (const one of arrived) {
    if (one.kind !== "webhook") continue;
    const before = bodies.get(one.id);
    if (before === undefined) order.push(one.id);
    else if (before !== one.body) found.push(`${one.id} arrived with two bodies`);
    bodies.set(one.id, one.body);
  }
  const noted = rows.filter(({ kind }) => kind === "webhook");
  const known = new Map(noted.map((row, index) => [row.message, { ...row, index }]));
  for (const { message, state } of noted) {
    // Who sent it may have been killed in the act.
    if (state === "waiting" || state === "sending") continue;
    if (state !== "sent") found.push(`${message} ended as ${state}, though its receiver took everything`);
    else if (!bodies.has(message)) found.push(`${message} is noted as sent and never arrived`);
  }
  const last = new Map<string, number>();
  for (const id of order) {
    const delivery = known.get(id);
    if (!delivery) found.push(`${id} arrived, and nobody had written it`);
    else if ((last.get(delivery.alert) ?? -1) > delivery.index) found.push(`${id} arrived after what follows it`);
    else last.set(delivery.alert, delivery.index);
  }
  return found;
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

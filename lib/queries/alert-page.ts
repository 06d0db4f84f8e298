import type { AlertState } from "@/lib/alerts/advance";
import type { Severity } from "@/lib/alerts/finding";
import { NotFound } from "@/lib/kernel/errors";
import {
  type AlertRecord,
  type AlertRow,
  alertColumns,
  alertTables,
  checkAlertId,
  toAlertRow,
} from "@/lib/queries/list-alerts";
import type { QueryContext } from "@/lib/queries/query-context";

/** A step that an alert has taken. */
type TransitionRow = {
  readonly seq: number;
  readonly at: string;
  readonly from: AlertState | null;
  readonly to: AlertState;
  readonly severity: Severity;
  readonly value: number;
  readonly by: string;
  readonly reason: string | null;
};

/** A notice of one step to one channel. `unknown`: it may have arrived, and is not sent again. */
export type DeliveryRow = {
  readonly id: string;
  readonly messageId: string;
  readonly seq: number | null;
  readonly channel: string;
  readonly kind: string;
  readonly state: "waiting" | "sending" | "sent" | "failed" | "unknown";
  readonly attempts: number;
  readonly status: number | null;
  readonly error: string | null;
  readonly createdAt: string;
  readonly endedAt: string | null;
  readonly nextAttemptAt: string;
};

/** Everything that is known of one alert. */
export type AlertPage = {
  readonly alert: AlertRow;
  /** Oldest first. */
  readonly transitions: readonly TransitionRow[];
  readonly deliveries: readonly DeliveryRow[];
  /** Who silenced the cause and why; null when it is not silenced now. */
  readonly silence: { readonly until: string; readonly reason: string; readonly by: string } | null;
  /** Earlier alerts of the same cause, newest first, at most five. */
  readonly earlier: readonly AlertRow[];
};

const TRANSITIONS_MAX = 200;

/** Reads one alert. Throws `NotFound`. */
export async function alertPage({ reads }: Pick<QueryContext, "reads">, text: string): Promise<AlertPage> {
  const id = alertIdOf(text);
  const [record] = await reads.query<AlertRecord>(
    `select ${alertColumns} from ${alertTables} where a.id = $1::bigint`,
    [id],
  );
  if (!record) throw new NotFound("alert", id);
  const alert = toAlertRow(record);
  const { rule, subject } = alert;
  const [transitions, deliveries, [silence], earlier] = await Promise.all([
    reads.query<TransitionRow>(
      `select seq, at, from_state as "from", to_state as "to", severity, value, by, reason
         from alert_transitions where alert = $1::bigint order by seq limit ${TRANSITIONS_MAX}`,
      [id],
    ),
    reads.query<Omit<DeliveryRow, "id"> & { id: bigint }>(
      `select ${deliveryColumns} from alert_deliveries d join alert_channels c on c.id = d.channel
        where d.alert = $1::bigint order by d.id limit ${TRANSITIONS_MAX}`,
      [id],
    ),
    reads.query<{ until: string; reason: string; by: string }>(
      `select until, reason, silenced_by as by from alert_silences
        where rule = $1 and subject = $2 and until > clock_timestamp()`,
      [rule, subject],
    ),
    reads.query<AlertRecord>(
      `select ${alertColumns} from ${alertTables}
        where a.rule = $1 and a.subject = $2 and a.resolved_at is not null and a.id < $3::bigint order by a.id desc limit 5`,
      [rule, subject, id],
    ),
  ]);
  return {
    alert,
    transitions,
    deliveries: deliveries.map(toDeliveryRow),
    silence: silence ?? null,
    earlier: earlier.map(toAlertRow),
  };
}

function alertIdOf(text: string): string {
  try {
    return checkAlertId(text, "id");
  } catch {
    throw new NotFound("alert", text.slice(0, 100));
  }
}

/** The columns of a delivery `d` to a channel `c`. */
export const deliveryColumns = `d.id, d.message_id as "messageId", d.seq, c.name as channel, c.kind, d.state, d.attempts, d.status, d.error,
  d.created_at as "createdAt", d.ended_at as "endedAt", d.next_attempt_at as "nextAttemptAt"`;

/** A row of `deliveryColumns` as it is shown. */
export function toDeliveryRow(row: Omit<DeliveryRow, "id"> & { readonly id: bigint }): DeliveryRow {
  return { ...row, id: String(row.id) };
}

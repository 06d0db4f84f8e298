import type { AlertState } from "@/lib/alerts/advance";
import type { Severity } from "@/lib/alerts/finding";
import { type DeliveryRow, deliveryColumns, toDeliveryRow } from "@/lib/queries/alert-page";
import type { QueryContext } from "@/lib/queries/query-context";

/** A channel, without what must stay secret: of its address only the server is shown. */
export type ChannelRow = {
  readonly id: string;
  readonly name: string;
  readonly kind: "webhook" | "slack" | "email";
  readonly shown: string;
  readonly leastSeverity: Severity;
  readonly states: readonly AlertState[];
  readonly enabled: boolean;
  readonly changedBy: string;
  readonly changedAt: string;
  /** Notices that wait to be sent, and those of the last day that never arrived or may not have. */
  readonly waiting: number;
  readonly lost: number;
  /** The newest of its notices; null before the first. */
  readonly last: DeliveryRow | null;
};

const CHANNELS_MAX = 100;

/** Every channel, by name. */
export async function alertChannels({ reads }: Pick<QueryContext, "reads">): Promise<readonly ChannelRow[]> {
  const rows = await reads.query<Omit<ChannelRow, "id" | "last"> & { id: bigint; last: bigint | null }>(
    `select c.id, c.name, c.kind, c.shown, c.least_severity as "leastSeverity", c.states, c.enabled, c.changed_by as "changedBy",
            c.changed_at as "changedAt", newest.id as last,
            (select count(*)::int from (select from alert_deliveries w where w.channel = c.id and w.ended_at is null limit 1000) waiting) as waiting,
            (select count(*)::int from (select d.state, d.created_at from alert_deliveries d where d.channel = c.id order by d.id desc limit 200) recent
              where recent.state in ('failed', 'unknown') and recent.created_at > clock_timestamp() - interval '1 day') as lost
       from alert_channels c
       left join lateral (select d.id from alert_deliveries d where d.channel = c.id order by d.id desc limit 1) newest on true
      order by c.name limit ${CHANNELS_MAX}`,
  );
  const last = await reads.query<Omit<DeliveryRow, "id"> & { id: bigint }>(
    `select ${deliveryColumns} from alert_deliveries d join alert_channels c on c.id = d.channel where d.id = any ($1::bigint[])`,
    [rows.flatMap((row) => (row.last === null ? [] : [row.last]))],
  );
  return rows.map((row) => {
    const own = last.find(({ id }) => id === row.last);
    return { ...row, id: String(row.id), last: own ? toDeliveryRow(own) : null };
  });
}

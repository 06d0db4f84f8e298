import type pg from "pg";

/** The longest cooling-off time, in minutes: a day. */
export const COOLING_MINUTES_MAX = 1_440;

/** For how long every request can at least be withdrawn after its approval, and who said so; null where nobody has. */
export type CoolingOff = {
  readonly minutes: number;
  readonly changedBy: string | null;
  readonly changedAt: string | null;
};

/** What a store asks for in which nobody has said otherwise. */
export const NO_COOLING_OFF: CoolingOff = { minutes: 0, changedBy: null, changedAt: null };

/** The statement that reads it: one row, or none. */
export const SELECT_COOLING_OFF = `select minutes, changed_by as "changedBy", changed_at as "changedAt" from cooling_off`;

/** What the store asks for. With `lock` it stays so until the caller's transaction ends. */
export async function readCoolingOff(
  client: pg.Pool | pg.PoolClient,
  lock: "lock" | "look" = "look",
): Promise<CoolingOff> {
  const { rows } = await client.query<CoolingOff>(`${SELECT_COOLING_OFF}${lock === "lock" ? " for update" : ""}`);
  return rows[0] ?? NO_COOLING_OFF;
}

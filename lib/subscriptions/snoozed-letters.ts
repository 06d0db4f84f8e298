/** SQL: whether the row `s` of `dead_letter_groups` snoozes letters of which the oldest open one came at `firstAt`. */
export function snoozedSql(firstAt: string): string {
  return `coalesce(s.snoozed_at >= ${firstAt} and (s.snoozed_until > clock_timestamp() or s.snoozed_builds is not null), false)`;
}

/** SQL: the fingerprints that are snoozed now. Few: a row is there for what an operator has touched. */
export const snoozedFingerprintsSql = `
  select s.fingerprint from dead_letter_groups s
   where ${snoozedSql("(select min(o.first_at) from dead_letters o where o.fingerprint = s.fingerprint and o.closed_at is null)")}`;

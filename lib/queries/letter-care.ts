/** What people have said about a group of letters. Both hold while a letter of that time is still open. */
export type LetterCare = {
  readonly assignee: string | null;
  readonly assignedBy: string | null;
  readonly assignedAt: string | null;
  readonly snoozed: Snoozed | null;
};

/** Nobody wants to be told of the group: until a time, ISO 8601 UTC, or until a worker of another build is at work. */
type Snoozed = { readonly until: string | "next-deploy"; readonly by: string; readonly at: string };

/** The columns of `dead_letter_groups`, of the table `s`, as `letterCare` reads them. */
export const careColumns = "s.assignee, s.assigned_by, s.assigned_at, s.snoozed_until, s.snoozed_by, s.snoozed_at";

/** A row of these columns; all null where nobody has said anything that still holds. */
export type CareRecord = {
  readonly assignee: string | null;
  readonly assigned_by: string | null;
  readonly assigned_at: string | null;
  readonly snoozed: boolean;
  readonly snoozed_until: string | null;
  readonly snoozed_by: string | null;
  readonly snoozed_at: string | null;
};

/** What was said, as of the letters whose oldest open one came at `firstAt`. */
export function letterCare(record: CareRecord, firstAt: string): LetterCare {
  const { assignee, assigned_by: assignedBy, assigned_at: assignedAt } = record;
  const assigned = assignedAt !== null && assignedAt >= firstAt;
  const { snoozed, snoozed_until: until, snoozed_by: by, snoozed_at: at } = record;
  return {
    ...(assigned ? { assignee, assignedBy, assignedAt } : { assignee: null, assignedBy: null, assignedAt: null }),
    snoozed: snoozed && by !== null && at !== null ? { until: until ?? "next-deploy", by, at } : null,
  };
}

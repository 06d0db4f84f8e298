/**
 * Events as they come from the server when many are read: one value a column and not one an event, because a value of some
 * hundred kilobytes costs far less than thousands of small ones, and joining a column costs half of joining each event's
 * fields first (docs/decisions/0099-what-a-replay-reads.md). Null where there is no event.
 */
export type LogColumns = {
  /** JSON arrays of strings. */
  readonly types: string | null;
  readonly streams: string | null;
  /** Arrays of numbers as PostgreSQL writes them. */
  readonly positions: string | null;
  readonly versions: string | null;
  readonly schemas: string | null;
  readonly slices: string | null;
  /** Binary arrays in hexadecimal: timestamptz, uuid. */
  readonly recorded: string | null;
  readonly ids: string | null;
  /** JSON arrays with null for what occurred when it was recorded, and for no tenant; null where that is all. */
  readonly occurred: string | null;
  readonly tenants: string | null;
  /** Payloads with `e'\x1e'` between them, which no JSON text contains. */
  readonly data: string | null;
  /** JSON arrays; not there where the context was not read. */
  readonly correlations?: string | null;
  readonly causations?: string | null;
  readonly actors?: string | null;
  readonly traces?: string | null;
};

/** How columns are read. */
type Reading = {
  /** Correlation, causation, actor and trace too. */
  readonly context: boolean;
  /** Types and streams are escaped. Otherwise `eventsOf` may find that they cannot be told apart. */
  readonly careful: boolean;
  /** SQL of what is read of an event's payload; an event of which it is null is not among them. */
  readonly data?: string;
  /** SQL that says whether ids and slices are read. */
  readonly ids?: string;
  /** SQL that says which events are read at all. */
  readonly only?: string;
};

/** SQL of the aggregates that make `LogColumns` of the rows `e`, which come in the order of the events. */
export function columnsSql({ context, careful, data = "data::text", ids, only }: Reading): string {
  const filterBy = (condition: string | undefined) => (condition === undefined ? "" : ` filter (where ${condition})`);
  const filter = filterBy(only);
  const array = (column: string) => `array_agg(${column})${filter}`;
  const arrayOfIds = (column: string) => `array_agg(${column})${filterBy(ids ?? only)}`;
  const json = (column: string) => `to_json(${array(column)})::text`;
  const names = (column: string) => (careful ? json(column) : `'["' || string_agg(${column}, '","')${filter} || '"]'`);
  const late = only === undefined ? "occurred_at <> recorded_at" : `${only} and occurred_at <> recorded_at`;
  const columns = [
    `${names("type")} as types`,
    `${names("stream")} as streams`,
    `${array("position")}::text as positions`,
    `${array("version")}::text as versions`,
    `${array("schema_version")}::text as schemas`,
    `${arrayOfIds("slice")}::text as slices`,
    `array_send(${array("recorded_at")})::text as recorded`,
    `array_send(${arrayOfIds("event_id")})::text as ids`,
    `case when count(*) filter (where ${late}) > 0
       then ${json("case when occurred_at <> recorded_at then occurred_at::text end")} end as occurred`,
    `case when count(tenant)${filter} > 0 then ${json("tenant")} end as tenants`,
    `string_agg(${data}, e'\\x1e')${filter} as data`,
  ];
  const more = [
    `${json("correlation_id")} as correlations`,
    `${json("causation_id")} as causations`,
    `${json("actor")} as actors`,
    `${json("traceparent")} as traces`,
  ];
  return [...columns, ...(context ? more : [])].join(",\n  ");
}

import { headNames } from "./head-names";

/** The head of a column: its words alone, or also how it looks. */
export type Head =
  | string
  | {
      readonly name: string;
      /** Numbers, set to the right. */
      readonly num?: boolean;
      readonly title?: string | undefined;
      /** Only read out: the column's cells speak for themselves. */
      readonly hidden?: boolean;
      /** What stands there instead of the name. */
      readonly shown?: React.ReactNode;
      /** Classes, such as a width. */
      readonly look?: string;
    };

/** A head above numbers. */
export function num(name: string, title?: string): Head {
  return { name, num: true, title };
}

/**
 * A dense table whose rows the page draws itself, as `tr` with `data-copy` and links with `data-row`. Its head sticks only
 * where it is the page's one list, `sticky`. On a phone a row is a few lines, each value behind its column's name: not the
 * row's own name (`first`, with the link), its state (`second`, as a pill) and what says itself what it is (`bare`). `whole`
 * is false where the rows are one page of many.
 */
export function PlainTable({
  label,
  heads,
  whole = true,
  sticky = false,
  children,
}: {
  label: string;
  heads: readonly Head[];
  whole?: boolean;
  sticky?: boolean;
  children: React.ReactNode;
}) {
  return (
    // The words that are only read out are placed absolutely: without this they would widen the page.
    <div className={`relative ${sticky ? "md:max-lg:overflow-x-auto" : "md:overflow-x-auto"}`}>
      <table
        className={`table stack ${sticky ? "" : "plain"}`}
        style={headNames(heads.map((head) => (typeof head === "string" ? head : head.hidden ? undefined : head.name)))}
        aria-label={label}
        aria-rowcount={whole ? undefined : -1}
      >
        <thead>
          <tr>
            {heads.map((head) =>
              typeof head === "string" ? <HeadCell key={head} name={head} /> : <HeadCell key={head.name} {...head} />,
            )}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

function HeadCell({ name, num = false, title, hidden = false, shown, look }: Exclude<Head, string>) {
  return (
    <th scope="col" className={[num ? "num" : "", look].filter(Boolean).join(" ") || undefined} title={title}>
      {hidden ? <span className="sr-only">{name}</span> : (shown ?? name)}
    </th>
  );
}

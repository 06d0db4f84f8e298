"use client";
import { type ColumnDef, type RowData, tableFeatures, useTable } from "@tanstack/react-table";
import { memo } from "react";
import { headNames } from "./head-names";

/** What a column may say about how its cells are drawn: classes for head and cells, and a tooltip for its head. */
export type ColumnLook = { readonly cell?: string; readonly head?: string; readonly title?: string };

/** The table features in use: none beyond columns and rows. Order and paging are the server's, by keyset. */
const features = tableFeatures({});

/** A column of a `KeysetTable`; `look` goes by column id. */
export type KeysetColumn<Row extends RowData> = ColumnDef<typeof features, Row>;

/**
 * A dense, real table whose rows come from the server in the order they are shown. `rowCount` is -1: the whole is not
 * counted. `copyOf` gives what `c` copies for a row, `rowProps` adds classes or the current mark.
 */
export function KeysetTable<Row extends RowData>({
  label,
  columns,
  rows,
  looks,
  rowId,
  copyOf,
  rowClass,
}: {
  label: string;
  columns: readonly KeysetColumn<Row>[];
  rows: readonly Row[];
  looks: Readonly<Record<string, ColumnLook>>;
  rowId: (row: Row) => string;
  copyOf: (row: Row) => string;
  rowClass?: (row: Row, index: number) => string | undefined;
}) {
  const table = useTable({ features, columns: [...columns], data: [...rows], getRowId: rowId });
  return (
    // Between a phone's rows and a desk's columns it may be wider than the page: then it scrolls by itself.
    <div className="relative md:max-lg:overflow-x-auto">
      <table
        className="table stack"
        aria-label={label}
        aria-rowcount={-1}
        style={headNames(columns.map(({ header }) => (typeof header === "string" ? header : undefined)))}
      >
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {group.headers.map((header) => (
                <th
                  key={header.id}
                  scope="col"
                  className={looks[header.column.id]?.head}
                  title={looks[header.column.id]?.title}
                >
                  <table.FlexRender header={header} />
                </th>
              ))}
            </tr>
          ))}
        </thead>
        <tbody>
          {table.getRowModel().rows.map((row, index) => (
            <tr
              key={row.id}
              aria-rowindex={index + 2}
              data-copy={copyOf(row.original)}
              className={rowClass?.(row.original, index)}
            >
              <Cells row={row.original} columns={columns} looks={looks}>
                {() =>
                  row.getAllCells().map((cell) => (
                    <td key={cell.id} className={looks[cell.column.id]?.cell}>
                      <table.FlexRender cell={cell} />
                    </td>
                  ))
                }
              </Cells>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/**
 * The cells of a row, drawn again only when there is another row or other columns: rows that come in at the top must not
 * cost all that are there already. A table whose columns are the same from drawing to drawing profits.
 */
const Cells = memo(
  ({ children }: { row: unknown; columns: unknown; looks: unknown; children: () => React.ReactNode }) => children(),
  (a, b) => a.row === b.row && a.columns === b.columns && a.looks === b.looks,
);

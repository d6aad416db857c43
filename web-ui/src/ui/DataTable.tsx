/** The console's one table: columns as data, a caption for screen readers, "load more". */
import type { ReactNode } from "react";

export interface Column<Row> {
  key: string;
  header: string;
  cell: (row: Row) => ReactNode;
  /** The column of buttons: narrow, to the right, its header only for screen readers. */
  actions?: boolean;
  /** Long values may break anywhere. */
  wrap?: boolean;
}

interface DataTableProps<Row> {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  more?: { hasMore: boolean; loading: boolean; load: () => void };
}

export function DataTable<Row>({ caption, columns, rows, rowKey, more }: DataTableProps<Row>) {
  return (
    <>
      <div className="table-wrap">
        <table>
          <caption className="visually-hidden">{caption}</caption>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column.key} scope="col" className={column.actions ? "actions" : undefined}>
                  {column.actions ? (
                    <span className="visually-hidden">{column.header}</span>
                  ) : (
                    column.header
                  )}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={rowKey(row)}>
                {columns.map((column) => (
                  <td key={column.key} className={cellClass(column)}>
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {more?.hasMore ? (
        <div className="more">
          <button type="button" className="button" onClick={more.load} disabled={more.loading}>
            {more.loading ? "Loading…" : "Load more"}
          </button>
        </div>
      ) : null}
    </>
  );
}

function cellClass<Row>(column: Column<Row>): string | undefined {
  if (column.actions) return "actions";
  return column.wrap ? "wrap" : undefined;
}

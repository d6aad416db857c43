/** The common frame of the exports and imports sections: head, table or empty state, dialogs. */
import type { UseInfiniteQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { asProblem } from "../../api/problem";
import { type Column, DataTable } from "../../ui/DataTable";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { EmptyState, Loading } from "../../ui/states";

interface ShareSectionProps<Row> {
  /** Lower case and plural: "exports". */
  what: string;
  title: string;
  description: string;
  empty: { title: string; text: string };
  create: ReactNode;
  query: UseInfiniteQueryResult;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  rowKey: (row: Row) => string;
}

export function ShareSection<Row>(props: ShareSectionProps<Row>) {
  const { what, query, rows } = props;
  return (
    <section className="stack" aria-labelledby={`${what}-title`}>
      <div className="section-head">
        <div>
          <h2 id={`${what}-title`}>{props.title}</h2>
          <p className="muted">{props.description}</p>
        </div>
        {rows.length > 0 ? props.create : null}
      </div>
      {query.isPending ? <Loading what={what} /> : null}
      {query.isError ? (
        <ProblemNotice problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
      ) : null}
      {query.isSuccess && rows.length === 0 ? (
        <EmptyState title={props.empty.title} text={props.empty.text} action={props.create} />
      ) : null}
      {rows.length > 0 ? (
        <DataTable
          caption={props.title}
          columns={props.columns}
          rows={rows}
          rowKey={props.rowKey}
          more={{
            hasMore: query.hasNextPage,
            loading: query.isFetchingNextPage,
            load: () => void query.fetchNextPage(),
          }}
        />
      ) : null}
    </section>
  );
}

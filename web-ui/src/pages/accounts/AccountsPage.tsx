/** All accounts that the signed-in key may see, and the way to make one. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { type Account, accountsQuery } from "../../api/accounts";
import { asProblem } from "../../api/problem";
import { rowsOf } from "../../api/queries";
import { useMakesAccounts } from "../../shell/identity";
import { Page } from "../../shell/Page";
import { LiveBadge } from "../../ui/Badge";
import { type Column, DataTable } from "../../ui/DataTable";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { ShortKey } from "../../ui/ShortKey";
import { EmptyState, Loading } from "../../ui/states";
import { Time } from "../../ui/Time";
import { CreateAccountDialog } from "./CreateAccountDialog";

const COLUMNS: readonly Column<Account>[] = [
  {
    key: "name",
    header: "Account",
    cell: (account) => (
      <>
        <Link
          to="/accounts/$account/users"
          params={{ account: account.slug }}
          className="cell-main"
        >
          {account.name}
        </Link>
        {account.name === account.slug ? null : (
          <span className="cell-sub mono">{account.slug}</span>
        )}
      </>
    ),
  },
  { key: "state", header: "State", cell: (account) => <AccountStateBadge account={account} /> },
  {
    key: "key",
    header: "Public key",
    cell: (account) => <ShortKey publicKey={account.public_key} />,
  },
  { key: "created", header: "Created", cell: (account) => <Time at={account.created_at} /> },
];

export function AccountStateBadge({ account }: { account: Account }) {
  return (
    <span className="row">
      <LiveBadge live={account.live} />
    </span>
  );
}

export function AccountsPage() {
  const accounts = useInfiniteQuery(accountsQuery);
  const [creating, setCreating] = useState(false);
  const rows = rowsOf(accounts.data);
  const create = useMakesAccounts() ? (
    <button type="button" className="button primary" onClick={() => setCreating(true)}>
      Create account
    </button>
  ) : null;
  const empty = accounts.isSuccess && rows.length === 0;

  return (
    <Page
      title="Accounts"
      description="Each account is one tenant: its subjects are its own unless it shares them."
      action={empty ? null : create}
    >
      {accounts.isPending ? <Loading what="accounts" /> : null}
      {accounts.isError ? (
        <ProblemNotice problem={asProblem(accounts.error)} onRetry={() => accounts.refetch()} />
      ) : null}
      {empty ? (
        <EmptyState
          title="No accounts yet"
          text="Create the first one, add a user to it, and connect with any NATS client."
          action={create}
        />
      ) : null}
      {rows.length > 0 ? (
        <DataTable
          caption="Accounts"
          columns={COLUMNS}
          rows={rows}
          rowKey={(account) => account.id}
          more={{
            hasMore: accounts.hasNextPage,
            loading: accounts.isFetchingNextPage,
            load: () => void accounts.fetchNextPage(),
          }}
        />
      ) : null}
      {creating ? <CreateAccountDialog onClose={() => setCreating(false)} /> : null}
    </Page>
  );
}

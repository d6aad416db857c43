/** The head and the tabs of one account; the chosen tab's page below. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, Outlet } from "@tanstack/react-router";
import { accountQuery } from "../../api/accounts";
import { asProblem } from "../../api/problem";
import { Page } from "../../shell/Page";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { EmptyState, Loading } from "../../ui/states";
import { AccountStateBadge } from "../accounts/AccountsPage";

const route = getRouteApi("/_signed-in/accounts/$account");

const TABS = [
  { to: "/accounts/$account/users", label: "Users" },
  { to: "/accounts/$account/sharing", label: "Sharing" },
  { to: "/accounts/$account/connect", label: "Connect" },
  { to: "/accounts/$account/details", label: "Details" },
] as const;

/** The account in the address: its slug, id or public key. */
export function useAccountParam(): string {
  return route.useParams().account;
}

export function AccountLayout() {
  const account = useAccountParam();
  const found = useQuery(accountQuery(account));
  const crumbs = (
    <>
      <Link to="/accounts">Accounts</Link>
      <span aria-hidden="true">/</span>
      <span className="mono">{account}</span>
    </>
  );

  if (found.isPending) {
    return (
      <Page title={account} crumbs={crumbs}>
        <Loading what="the account" />
      </Page>
    );
  }
  if (found.isError) {
    return (
      <Page title={account} crumbs={crumbs}>
        <AccountFault error={found.error} onRetry={() => void found.refetch()} />
      </Page>
    );
  }
  return (
    <Page
      title={found.data.name}
      crumbs={crumbs}
      badges={<AccountStateBadge account={found.data} />}
    >
      <nav className="tabs" aria-label="Account">
        {TABS.map((tab) => (
          <Link key={tab.to} to={tab.to} params={{ account }}>
            {tab.label}
          </Link>
        ))}
      </nav>
      <Outlet />
    </Page>
  );
}

function AccountFault({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const problem = asProblem(error);
  if (problem.status !== 404) return <ProblemNotice problem={problem} onRetry={onRetry} />;
  return (
    <EmptyState
      title="There is no such account"
      text="It does not exist, or this token may not see it."
      action={
        <Link to="/accounts" className="button">
          Go to accounts
        </Link>
      }
    />
  );
}

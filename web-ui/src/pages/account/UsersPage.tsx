/** The users of one account: list, create with credentials, revoke. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { asProblem } from "../../api/problem";
import { rowsOf } from "../../api/queries";
import { type CreatedUser, type User, usersQuery } from "../../api/users";
import { Badge } from "../../ui/Badge";
import { type Column, DataTable } from "../../ui/DataTable";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { ShortKey } from "../../ui/ShortKey";
import { EmptyState, Loading } from "../../ui/states";
import { Time } from "../../ui/Time";
import { useAccountParam } from "./AccountLayout";
import { CreateUserDialog } from "./CreateUserDialog";
import { CredsDialog } from "./CredsDialog";
import { DeleteUserDialog } from "./DeleteUserDialog";
import { permissionSummary } from "./permissions";

type Open =
  | { dialog: "create" }
  | { dialog: "creds"; user: CreatedUser }
  | { dialog: "delete"; user: User };

function columns(onDelete: (user: User) => void): readonly Column<User>[] {
  return [
    {
      key: "name",
      header: "User",
      cell: (user) => (
        <>
          <span className="cell-main">{user.name}</span>
          <span className="cell-sub">
            <ShortKey publicKey={user.public_key} />
          </span>
        </>
      ),
    },
    {
      key: "permissions",
      header: "Permissions",
      wrap: true,
      cell: (user) => permissionSummary(user.permissions),
    },
    {
      key: "login",
      header: "Logs in with",
      cell: (user) =>
        user.bearer ? (
          <Badge tone="warning" title="Whoever has the token can connect">
            token alone
          </Badge>
        ) : (
          "token and key"
        ),
    },
    {
      key: "expires",
      header: "Expires",
      cell: (user) => (user.expires_at ? <Time at={user.expires_at} /> : "never"),
    },
    { key: "created", header: "Created", cell: (user) => <Time at={user.created_at} /> },
    {
      key: "actions",
      header: "Actions",
      actions: true,
      cell: (user) => (
        <button
          type="button"
          className="button quiet small"
          aria-label={`Delete ${user.name}`}
          onClick={() => onDelete(user)}
        >
          Delete
        </button>
      ),
    },
  ];
}

export function UsersPage() {
  const account = useAccountParam();
  const users = useInfiniteQuery(usersQuery(account));
  const [open, setOpen] = useState<Open | null>(null);
  const rows = rowsOf(users.data);
  const close = () => setOpen(null);
  const create = (
    <button type="button" className="button primary" onClick={() => setOpen({ dialog: "create" })}>
      Create user
    </button>
  );

  return (
    <section className="stack" aria-labelledby="users-title">
      <div className="section-head">
        <div>
          <h2 id="users-title">Users</h2>
          <p className="muted">A user is what a client or a service connects as.</p>
        </div>
        {rows.length > 0 ? create : null}
      </div>
      {users.isPending ? <Loading what="users" /> : null}
      {users.isError ? (
        <ProblemNotice problem={asProblem(users.error)} onRetry={() => users.refetch()} />
      ) : null}
      {users.isSuccess && rows.length === 0 ? (
        <EmptyState
          title="No users yet"
          text="Create one to get a credentials file for a NATS client."
          action={create}
        />
      ) : null}
      {rows.length > 0 ? (
        <DataTable
          caption="Users"
          columns={columns((user) => setOpen({ dialog: "delete", user }))}
          rows={rows}
          rowKey={(user) => user.id}
          more={{
            hasMore: users.hasNextPage,
            loading: users.isFetchingNextPage,
            load: () => void users.fetchNextPage(),
          }}
        />
      ) : null}
      {open?.dialog === "create" ? (
        <CreateUserDialog
          account={account}
          onClose={close}
          onCreated={(user) => setOpen({ dialog: "creds", user })}
        />
      ) : null}
      {open?.dialog === "creds" ? (
        <CredsDialog account={account} user={open.user} onClose={close} />
      ) : null}
      {open?.dialog === "delete" ? (
        <DeleteUserDialog account={account} user={open.user} onClose={close} />
      ) : null}
    </section>
  );
}

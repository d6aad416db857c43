/** The console's addresses. Every page below `_signed-in` needs a session. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { AccountLayout } from "./pages/account/AccountLayout";
import { ConnectPage } from "./pages/account/ConnectPage";
import { DetailsPage } from "./pages/account/DetailsPage";
import { SharingPage } from "./pages/account/SharingPage";
import { UsersPage } from "./pages/account/UsersPage";
import { AccountsPage } from "./pages/accounts/AccountsPage";
import { SystemPage } from "./pages/system/SystemPage";
import { InvitationPage, PasswordResetPage } from "./session/LinkPages";
import { SignInPage } from "./session/SignInPage";
import { getSession, useSession } from "./session/session";
import { FaultPage, NotFoundPage } from "./shell/faults";
import { Shell } from "./shell/Shell";

const root = createRootRoute({ component: Outlet });

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (search: Record<string, unknown>): { next?: string; refused?: string } => ({
    ...(typeof search.next === "string" ? { next: search.next } : {}),
    ...(typeof search.refused === "string" ? { refused: search.refused } : {}),
  }),
  component: SignInPage,
});

const invitation = createRoute({
  getParentRoute: () => root,
  path: "/invitation",
  component: InvitationPage,
});

const passwordReset = createRoute({
  getParentRoute: () => root,
  path: "/password-reset",
  component: PasswordResetPage,
});

const signedIn = createRoute({
  getParentRoute: () => root,
  id: "_signed-in",
  beforeLoad: ({ location }) => {
    const { token, ended } = getSession();
    if (token !== null) return;
    const search = ended === "signed-out" ? {} : { next: location.pathname };
    throw redirect({ to: "/sign-in", search, replace: true });
  },
  component: SignedIn,
});

/** Shows nothing of the session from the moment it ends until the sign-in page is there. */
function SignedIn() {
  const { token } = useSession();
  return token === null ? null : <Shell />;
}

const home = createRoute({
  getParentRoute: () => signedIn,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/accounts" });
  },
});

const accounts = createRoute({
  getParentRoute: () => signedIn,
  path: "/accounts",
  component: AccountsPage,
});

const account = createRoute({
  getParentRoute: () => signedIn,
  path: "/accounts/$account",
  component: AccountLayout,
});

const accountHome = createRoute({
  getParentRoute: () => account,
  path: "/",
  beforeLoad: ({ params }) => {
    throw redirect({ to: "/accounts/$account/users", params });
  },
});

const users = createRoute({ getParentRoute: () => account, path: "/users", component: UsersPage });

const sharing = createRoute({
  getParentRoute: () => account,
  path: "/sharing",
  component: SharingPage,
});

const connect = createRoute({
  getParentRoute: () => account,
  path: "/connect",
  component: ConnectPage,
});

const details = createRoute({
  getParentRoute: () => account,
  path: "/details",
  component: DetailsPage,
});

const system = createRoute({
  getParentRoute: () => signedIn,
  path: "/system",
  component: SystemPage,
});

const routeTree = root.addChildren([
  signIn,
  invitation,
  passwordReset,
  signedIn.addChildren([
    home,
    accounts,
    account.addChildren([accountHome, users, sharing, connect, details]),
    system,
  ]),
]);

export const router = createRouter({
  routeTree,
  defaultNotFoundComponent: NotFoundPage,
  defaultErrorComponent: ({ error, reset }) => <FaultPage error={error} reset={reset} />,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

/** The frame of every signed-in page: navigation on the left, the page on the right. */
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet } from "@tanstack/react-router";
import { whoamiQuery } from "../api/system";
import { signOut } from "../session/people";
import { AccountsIcon, SystemIcon } from "../ui/icons";
import { Toasts } from "../ui/toasts";
import { roleName } from "./identity";
import { ThemeToggle } from "./ThemeToggle";

export function Shell() {
  const whoami = useQuery(whoamiQuery);

  return (
    <div className="shell">
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <header className="nav">
        <Link to="/" className="brand">
          <img src="/favicon.svg" alt="" />
          Tidegate
        </Link>
        <nav aria-label="Main">
          <ul>
            <li>
              <Link to="/accounts" className="nav-link">
                <AccountsIcon />
                Accounts
              </Link>
            </li>
            <li>
              <Link to="/system" className="nav-link">
                <SystemIcon />
                System
              </Link>
            </li>
          </ul>
        </nav>
        <div className="nav-foot">
          <span className="nav-identity" title={whoami.data?.hint ?? whoami.data?.session?.email}>
            {whoami.data?.name ?? "Signed in"}
            {whoami.data ? <small>{roleName(whoami.data)}</small> : null}
          </span>
          <ThemeToggle />
          <button type="button" className="button small" onClick={() => void signOut()}>
            Sign out
          </button>
        </div>
      </header>
      <main className="main" id="main" tabIndex={-1}>
        <Outlet />
      </main>
      <Toasts />
    </div>
  );
}

/** Pages for what should not happen: an unknown address, and a page that failed to render. */
import { Link } from "@tanstack/react-router";
import { asProblem } from "../api/problem";
import { ProblemNotice } from "../ui/ProblemNotice";
import { EmptyState } from "../ui/states";
import { Page } from "./Page";

export function NotFoundPage() {
  return (
    <Page title="Not found">
      <EmptyState
        title="There is no page at this address"
        text="It may have been moved, or the link is incomplete."
        action={
          <Link to="/accounts" className="button">
            Go to accounts
          </Link>
        }
      />
    </Page>
  );
}

export function FaultPage({ error, reset }: { error: unknown; reset: () => void }) {
  return (
    <Page title="This page failed">
      <ProblemNotice problem={asProblem(error)} onRetry={reset} />
    </Page>
  );
}

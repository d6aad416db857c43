/** How to connect to this account: the address and a program for each client. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { systemQuery } from "../../api/system";
import { ConnectSnippets } from "../../connect/ConnectSnippets";
import { credsFileName } from "../../connect/snippets";
import { CopyButton } from "../../ui/CopyButton";
import { useAccountParam } from "./AccountLayout";

const USER_PLACEHOLDER = "orders";

export function ConnectPage() {
  const account = useAccountParam();
  const system = useQuery(systemQuery);
  const file = credsFileName(account, USER_PLACEHOLDER);
  return (
    <section className="stack" aria-labelledby="connect-title">
      <div className="section-head">
        <div>
          <h2 id="connect-title">Connect</h2>
          <p className="muted">
            Any NATS client works, with the credentials file of one of the account's{" "}
            <Link to="/accounts/$account/users" params={{ account }}>
              users
            </Link>
            . The programs below read it from <code>{file}</code>.
          </p>
        </div>
      </div>
      <div className="card padded stack">
        {system.data ? (
          <dl className="facts">
            <div>
              <dt>Server</dt>
              <dd>
                <code>{system.data.nats_url}</code>
                <CopyButton text={system.data.nats_url} what="the server address" />
              </dd>
            </div>
          </dl>
        ) : null}
        <ConnectSnippets credsFile={file} />
      </div>
    </section>
  );
}

/** The account's identifiers, state and limits, and its deletion. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Account, accountQuery } from "../../api/accounts";
import { useMakesAccounts } from "../../shell/identity";
import { CopyButton } from "../../ui/CopyButton";
import { Time } from "../../ui/Time";
import { useAccountParam } from "./AccountLayout";
import { DeleteAccountDialog } from "./DeleteAccountDialog";
import { limitLines } from "./limits";

export function DetailsPage() {
  const param = useAccountParam();
  const { data: account } = useQuery(accountQuery(param));
  const [deleting, setDeleting] = useState(false);
  const makesAccounts = useMakesAccounts();
  if (account === undefined) return null;
  return (
    <section className="stack" aria-labelledby="details-title">
      <h2 id="details-title">Details</h2>
      <div className="card padded">
        <Facts account={account} />
      </div>
      <h2>Limits</h2>
      <div className="card padded">
        <dl className="facts">
          {limitLines(account.limits).map(({ label, text }) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      </div>
      {makesAccounts ? (
        <div className="card padded section-head">
          <div>
            <h3>Delete this account</h3>
            <p className="muted">
              Closes all its connections, refuses new ones and cuts its sharing. Its slug stays
              taken.
            </p>
          </div>
          <button type="button" className="button" onClick={() => setDeleting(true)}>
            Delete account
          </button>
        </div>
      ) : null}
      {deleting ? (
        <DeleteAccountDialog account={account} onClose={() => setDeleting(false)} />
      ) : null}
    </section>
  );
}

function Facts({ account }: { account: Account }) {
  return (
    <dl className="facts">
      <div>
        <dt>Slug</dt>
        <dd>
          <code>{account.slug}</code>
          <CopyButton text={account.slug} what="the slug" />
        </dd>
      </div>
      <div>
        <dt>Id</dt>
        <dd>
          <code>{account.id}</code>
          <CopyButton text={account.id} what="the id" />
        </dd>
      </div>
      <div>
        <dt>Public key</dt>
        <dd>
          <code>{account.public_key}</code>
          <CopyButton text={account.public_key} what="the public key" />
        </dd>
      </div>
      <div>
        <dt>Created</dt>
        <dd>
          <Time at={account.created_at} />
        </dd>
      </div>
      <div>
        <dt>Claims</dt>
        <dd>
          generation {account.generation}
          {account.engine_error ? `, last refused: ${account.engine_error}` : null}
        </dd>
      </div>
    </dl>
  );
}

/**
 * Shows the credentials of a new user, once. Leaving without having saved them asks back: the
 * server keeps no copy of the seed.
 */
import { useState } from "react";
import type { CreatedUser } from "../../api/users";
import { ConnectSnippets } from "../../connect/ConnectSnippets";
import { credsFileName } from "../../connect/snippets";
import { CopyButton } from "../../ui/CopyButton";
import { Dialog } from "../../ui/Dialog";
import { downloadText } from "../../ui/download";
import { DownloadIcon } from "../../ui/icons";

interface CredsDialogProps {
  account: string;
  user: CreatedUser;
  onClose: () => void;
}

export function CredsDialog({ account, user, onClose }: CredsDialogProps) {
  return user.creds ? (
    <CredentialsOnce account={account} name={user.name} creds={user.creds} onClose={onClose} />
  ) : (
    <TokenForOwnKey account={account} name={user.name} jwt={user.jwt ?? ""} onClose={onClose} />
  );
}

interface SecretProps {
  account: string;
  name: string;
  onClose: () => void;
}

function CredentialsOnce({ account, name, creds, onClose }: SecretProps & { creds: string }) {
  const [saved, setSaved] = useState(false);
  const [asking, setAsking] = useState(false);
  const file = credsFileName(account, name);
  const leave = () => (saved ? onClose() : setAsking(true));

  return (
    <Dialog title={`Credentials of ${name}`} wide onClose={leave}>
      <div className="dialog-body">
        <div className="notice warning">
          <strong>These credentials are shown only now.</strong>
          <span>
            Tidegate keeps no copy of the secret key. Save the file where only the client can read
            it; whoever has it can connect as {name}.
          </span>
        </div>
        <div className="row">
          <button
            type="button"
            className="button primary"
            onClick={() => {
              downloadText(file, creds);
              setSaved(true);
            }}
          >
            <DownloadIcon />
            Download {file}
          </button>
          <CopyButton
            text={creds}
            label="Copy"
            what="credentials"
            onCopied={() => setSaved(true)}
          />
        </div>
        <h3 className="dialog-section">Connect</h3>
        <ConnectSnippets credsFile={file} />
      </div>
      {asking && !saved ? (
        <div className="dialog-foot asking" role="alert">
          <span>Not saved yet. Close and lose these credentials?</span>
          <button type="button" className="button" onClick={() => setAsking(false)}>
            Keep open
          </button>
          <button type="button" className="button danger" onClick={onClose}>
            Close without saving
          </button>
        </div>
      ) : (
        <div className="dialog-foot">
          <button type="button" className="button" onClick={leave}>
            Done
          </button>
        </div>
      )}
    </Dialog>
  );
}

function TokenForOwnKey({ account, name, jwt, onClose }: SecretProps & { jwt: string }) {
  const file = credsFileName(account, name).replace(/creds$/, "jwt");
  return (
    <Dialog
      title={`Token of ${name}`}
      description="Signed for your own key. Put it into a creds file together with your seed."
      onClose={onClose}
    >
      <div className="dialog-body">
        <div className="row">
          <button type="button" className="button primary" onClick={() => downloadText(file, jwt)}>
            <DownloadIcon />
            Download {file}
          </button>
          <CopyButton text={jwt} label="Copy" what="token" />
        </div>
      </div>
      <div className="dialog-foot">
        <button type="button" className="button" onClick={onClose}>
          Done
        </button>
      </div>
    </Dialog>
  );
}

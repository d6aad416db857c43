/** Makes a user. Permissions and a key of one's own are there for those who open them. */
import { useState } from "react";
import type { ApiProblem } from "../../api/problem";
import { type CreatedUser, type NewUser, useCreateUser } from "../../api/users";
import { Field, TextField, textOf } from "../../ui/Field";
import { FormDialog } from "../../ui/FormDialog";
import { permissionsOf } from "./permissions";

const DAY_S = 86_400;
const LIFETIMES = [
  { seconds: DAY_S, label: "1 day" },
  { seconds: 30 * DAY_S, label: "30 days" },
  { seconds: 90 * DAY_S, label: "90 days" },
  { seconds: 365 * DAY_S, label: "1 year" },
] as const;
const LIFETIME_DEFAULT_S = 365 * DAY_S;

const FIELDS = ["/name", "/expires_in_seconds", "/public_key"];

interface CreateUserDialogProps {
  account: string;
  onClose: () => void;
  onCreated: (user: CreatedUser) => void;
}

export function CreateUserDialog({ account, onClose, onCreated }: CreateUserDialogProps) {
  const create = useCreateUser(account);
  const [missing, setMissing] = useState(false);

  const submit = (form: FormData) => {
    const body = newUser(form);
    setMissing(body === undefined);
    if (body !== undefined) create.mutate(body, { onSuccess: onCreated });
  };

  return (
    <FormDialog
      title="Create user"
      description="Its credentials are made now and shown once."
      action="Create user"
      busyAction="Creating…"
      busy={create.isPending}
      problem={create.error}
      fields={FIELDS}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        name="name"
        label="Name"
        autoFocus
        hint="One word without dots or wildcards, such as orders-service."
        error={missing ? "Enter a name." : create.error?.field("/name")}
      />
      <Field label="Expires after" error={create.error?.field("/expires_in_seconds")}>
        {(control) => (
          <select {...control} name="lifetime" defaultValue={LIFETIME_DEFAULT_S}>
            {LIFETIMES.map(({ seconds, label }) => (
              <option key={seconds} value={seconds}>
                {label}
              </option>
            ))}
          </select>
        )}
      </Field>
      <PermissionFields />
      <KeyField problem={create.error} />
    </FormDialog>
  );
}

function newUser(form: FormData): NewUser | undefined {
  const name = textOf(form, "name");
  if (name === undefined) return undefined;
  const permissions = permissionsOf({
    publishAllow: textOf(form, "publish-allow"),
    publishDeny: textOf(form, "publish-deny"),
    subscribeAllow: textOf(form, "subscribe-allow"),
    subscribeDeny: textOf(form, "subscribe-deny"),
  });
  const publicKey = textOf(form, "public-key");
  return {
    name,
    expires_in_seconds: Number(form.get("lifetime")),
    ...(permissions && { permissions }),
    ...(publicKey && { public_key: publicKey }),
  };
}

function PermissionFields() {
  return (
    <details className="disclosure">
      <summary>Permissions</summary>
      <p className="field-hint">
        One subject per line; <code>*</code> and <code>&gt;</code> are wildcards. Empty means every
        subject of the account.
      </p>
      <div className="pairs">
        <SubjectsField name="publish-allow" label="May publish to" />
        <SubjectsField name="subscribe-allow" label="May subscribe to" />
        <SubjectsField name="publish-deny" label="Except publishing to" />
        <SubjectsField name="subscribe-deny" label="Except subscribing to" />
      </div>
    </details>
  );
}

function SubjectsField({ name, label }: { name: string; label: string }) {
  return (
    <Field label={label}>
      {(control) => (
        <textarea {...control} name={name} rows={2} className="mono" spellCheck={false} />
      )}
    </Field>
  );
}

function KeyField({ problem }: { problem: ApiProblem | null }) {
  return (
    <details className="disclosure">
      <summary>Use a key of my own</summary>
      <TextField
        name="public-key"
        label="Public user key"
        optional
        mono
        placeholder="U…"
        hint="The seed then never leaves your side: the answer holds only the signed token."
        error={problem?.field("/public_key")}
      />
    </details>
  );
}

/** Makes an import: whose subject, which, and under which name here. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { accountsQuery } from "../../api/accounts";
import { rowsOf } from "../../api/queries";
import { type ShareKind, useCreateImport } from "../../api/sharing";
import { Choices, Field, TextField, textOf } from "../../ui/Field";
import { FormDialog } from "../../ui/FormDialog";
import { toast } from "../../ui/toasts";
import { KIND_CHOICES } from "./kinds";

const FIELDS = ["/account", "/subject", "/kind", "/local_subject"];

interface Missing {
  account?: string;
  subject?: string;
}

export function CreateImportDialog({ account, onClose }: { account: string; onClose: () => void }) {
  const create = useCreateImport(account);
  const [kind, setKind] = useState<ShareKind>("stream");
  const [missing, setMissing] = useState<Missing>({});
  const problem = create.error;

  const submit = (form: FormData) => {
    const exporter = textOf(form, "account");
    const subject = textOf(form, "subject");
    const local = textOf(form, "local-subject");
    setMissing({
      ...(exporter === undefined && { account: "Enter the exporting account." }),
      ...(subject === undefined && { subject: "Enter a subject." }),
    });
    if (exporter === undefined || subject === undefined) return;
    create.mutate(
      { account: exporter, subject, kind, ...(local && { local_subject: local }) },
      {
        onSuccess: () => {
          onClose();
          toast(`Import ${local ?? subject} created`);
        },
      },
    );
  };

  return (
    <FormDialog
      title="Create import"
      description="Takes a subject that another account exports."
      action="Create import"
      busyAction="Creating…"
      busy={create.isPending}
      problem={problem}
      fields={FIELDS}
      onSubmit={submit}
      onClose={onClose}
    >
      <ExporterField importer={account} error={missing.account ?? problem?.field("/account")} />
      <TextField
        name="subject"
        label="Subject"
        mono
        placeholder="orders.>"
        hint="As the exporting account names it."
        error={missing.subject ?? problem?.field("/subject")}
      />
      <Choices
        name="kind"
        legend="Kind"
        choices={KIND_CHOICES}
        value={kind}
        onChange={(value) => setKind(value as ShareKind)}
        error={problem?.field("/kind")}
      />
      <TextField
        name="local-subject"
        label="Subject in this account"
        mono
        optional
        placeholder="acme.orders.>"
        hint="Leave empty to keep the exporter's name."
        error={problem?.field("/local_subject")}
      />
    </FormDialog>
  );
}

function ExporterField({ importer, error }: { importer: string; error: string | undefined }) {
  const accounts = useInfiniteQuery(accountsQuery);
  const listId = useId();
  const others = rowsOf(accounts.data).filter((account) => account.slug !== importer);
  return (
    <Field label="Exporting account" hint="Its slug, id or public key." error={error}>
      {(control) => (
        <>
          <input
            {...control}
            name="account"
            type="text"
            className="mono"
            list={listId}
            autoComplete="off"
            spellCheck={false}
            // biome-ignore lint/a11y/noAutofocus: the first field of a dialog the user just opened
            autoFocus
          />
          <datalist id={listId}>
            {others.map((account) => (
              <option key={account.id} value={account.slug}>
                {account.name}
              </option>
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}

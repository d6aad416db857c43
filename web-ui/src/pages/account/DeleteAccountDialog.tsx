/** Deletes an account, after its slug was typed: every client of the tenant is cut off. */
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { type Account, useDeleteAccount } from "../../api/accounts";
import { TextField, textOf } from "../../ui/Field";
import { FormDialog } from "../../ui/FormDialog";
import { toastChange } from "../../ui/toasts";

export function DeleteAccountDialog(props: { account: Account; onClose: () => void }) {
  const { account, onClose } = props;
  const remove = useDeleteAccount(account);
  const navigate = useNavigate();
  const [wrong, setWrong] = useState(false);

  const submit = (form: FormData) => {
    const confirmed = textOf(form, "slug") === account.slug;
    setWrong(!confirmed);
    if (!confirmed) return;
    remove.mutate(undefined, {
      onSuccess: ({ live }) => {
        onClose();
        toastChange(`Account ${account.slug} deleted`, live);
        void navigate({ to: "/accounts" });
      },
    });
  };

  return (
    <FormDialog
      title={`Delete ${account.name}?`}
      description="All its clients are disconnected now and cannot come back."
      action="Delete account"
      busyAction="Deleting…"
      danger
      busy={remove.isPending}
      problem={remove.error}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        name="slug"
        label={`Type ${account.slug} to confirm`}
        mono
        autoFocus
        error={wrong ? `Type ${account.slug} exactly.` : undefined}
      />
    </FormDialog>
  );
}

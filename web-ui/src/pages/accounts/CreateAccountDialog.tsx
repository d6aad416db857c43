/** Makes an account from a name and, if wanted, a slug of its own. */
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { type NewAccount, useCreateAccount } from "../../api/accounts";
import { TextField, textOf } from "../../ui/Field";
import { FormDialog } from "../../ui/FormDialog";
import { toast } from "../../ui/toasts";
import { slugFrom } from "./slug";

const FIELDS = ["/name", "/slug"];

export function CreateAccountDialog({ onClose }: { onClose: () => void }) {
  const create = useCreateAccount();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [missing, setMissing] = useState(false);
  const derived = slugFrom(name);

  const submit = (form: FormData) => {
    const given = textOf(form, "name");
    const slug = textOf(form, "slug");
    setMissing(given === undefined);
    if (given === undefined) return;
    const body: NewAccount = slug === undefined ? { name: given } : { name: given, slug };
    create.mutate(body, {
      onSuccess: (account) => {
        onClose();
        toast(`Account ${account.slug} created`);
        void navigate({ to: "/accounts/$account/users", params: { account: account.slug } });
      },
    });
  };

  return (
    <FormDialog
      title="Create account"
      description="A tenant with its own subjects, users and keys."
      action="Create account"
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
        value={name}
        onChange={setName}
        error={missing ? "Enter a name." : create.error?.field("/name")}
      />
      <TextField
        name="slug"
        label="Slug"
        optional
        mono
        placeholder={derived ?? ""}
        hint="In addresses; it stays. Lower-case letters, digits and dashes."
        error={create.error?.field("/slug")}
      />
    </FormDialog>
  );
}

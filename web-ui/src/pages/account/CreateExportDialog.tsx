/** Makes an export: a subject, its kind, and who may import it. */
import { useState } from "react";
import { type NewExport, type ShareKind, useCreateExport } from "../../api/sharing";
import { type Choice, Choices, TextField, textOf } from "../../ui/Field";
import { FormDialog } from "../../ui/FormDialog";
import { toast } from "../../ui/toasts";
import { KIND_CHOICES } from "./kinds";
import { subjectsOf } from "./permissions";

const FIELDS = ["/subject", "/kind", "/visibility", "/allow"];

type Visibility = NonNullable<NewExport["visibility"]>;

const VISIBILITY_CHOICES: readonly Choice[] = [
  { value: "private", label: "Private", hint: "Only the accounts named below may import it." },
  { value: "public", label: "Public", hint: "Every account of this installation may import it." },
];

export function CreateExportDialog({ account, onClose }: { account: string; onClose: () => void }) {
  const create = useCreateExport(account);
  const [kind, setKind] = useState<ShareKind>("stream");
  const [visibility, setVisibility] = useState<Visibility>("private");
  const [missing, setMissing] = useState(false);
  const problem = create.error;

  const submit = (form: FormData) => {
    const subject = textOf(form, "subject");
    setMissing(subject === undefined);
    if (subject === undefined) return;
    const allow = visibility === "private" ? subjectsOf(textOf(form, "allow")) : [];
    create.mutate(
      { subject, kind, visibility, ...(allow.length > 0 && { allow }) },
      {
        onSuccess: () => {
          onClose();
          toast(`Export ${subject} created`);
        },
      },
    );
  };

  return (
    <FormDialog
      title="Create export"
      description="Offers a subject of this account to others."
      action="Create export"
      busyAction="Creating…"
      busy={create.isPending}
      problem={problem}
      fields={FIELDS}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        name="subject"
        label="Subject"
        mono
        autoFocus
        placeholder="orders.>"
        error={missing ? "Enter a subject." : problem?.field("/subject")}
      />
      <Choices
        name="kind"
        legend="Kind"
        choices={KIND_CHOICES}
        value={kind}
        onChange={(value) => setKind(value as ShareKind)}
        error={problem?.field("/kind")}
      />
      <Choices
        name="visibility"
        legend="Who may import it"
        choices={VISIBILITY_CHOICES}
        value={visibility}
        onChange={(value) => setVisibility(value as Visibility)}
        error={problem?.field("/visibility")}
      />
      {visibility === "private" ? (
        <TextField
          name="allow"
          label="Accounts that may import it"
          mono
          optional
          placeholder="globex, initech"
          error={problem?.field("/allow")}
        />
      ) : null}
    </FormDialog>
  );
}

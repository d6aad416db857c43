/** Where links lead that one person hands to another: invitations and password resets. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { asProblem } from "../api/problem";
import { useDocumentTitle } from "../shell/Page";
import { TextField, textOf } from "../ui/Field";
import { ProblemNotice } from "../ui/ProblemNotice";
import { Card, SecretField } from "./Card";
import { acceptInvitation, enter, type Identity, previewInvitation, resetPassword } from "./people";
import { SecondFactor } from "./SecondFactor";

/** The token behind the `#`, which reaches no server before it is sent on purpose. */
function linkToken(): string {
  return globalThis.location.hash.slice(1);
}

export function InvitationPage() {
  useDocumentTitle("Invitation");
  const [token] = useState(linkToken);
  const preview = useQuery({
    queryKey: ["invitation"],
    queryFn: () => previewInvitation(token),
    retry: false,
    gcTime: 0,
  });
  if (preview.isError) {
    return (
      <Card title="Invitation">
        <ProblemNotice problem={asProblem(preview.error)} />
      </Card>
    );
  }
  if (preview.data === undefined) return <Card title="Invitation">Looking…</Card>;
  const { email, is_known: isKnown, org } = preview.data;
  return (
    <LinkForm
      title="Invitation"
      button="Accept"
      newPassword={!isKnown}
      send={(form, password) => {
        const name = textOf(form, "name");
        return acceptInvitation({ token, password, ...(name === undefined ? {} : { name }) });
      }}
    >
      <p>
        You are invited as <strong>{email}</strong>
        {org ? ` to ${org}` : ""}.{isKnown ? " Accept with the password that you have here." : ""}
      </p>
      {isKnown ? null : <TextField name="name" label="Your name" />}
    </LinkForm>
  );
}

export function PasswordResetPage() {
  useDocumentTitle("New password");
  const [token] = useState(linkToken);
  return (
    <LinkForm
      title="New password"
      button="Set password"
      newPassword
      send={(_form, password) => resetPassword({ token, password })}
    />
  );
}

interface LinkFormProps {
  title: string;
  button: string;
  newPassword: boolean;
  send: (form: FormData, password: string) => Promise<Identity>;
  children?: ReactNode;
}

function LinkForm({ title, button, newPassword, send, children }: LinkFormProps) {
  const navigate = useNavigate();
  const [password, setPassword] = useState("");
  const attempt = useMutation<Identity, unknown, FormData>({
    gcTime: 0,
    mutationFn: (form) => {
      const given = form.get("password");
      const text = typeof given === "string" ? given : "";
      setPassword(text);
      return send(form, text);
    },
    onSuccess: (identity) => {
      if (enter(identity)) void navigate({ to: "/", replace: true });
    },
  });
  if (attempt.data?.session?.second_factor) {
    return <SecondFactor identity={attempt.data} password={password} onDone={toHome} />;
  }
  function toHome() {
    void navigate({ to: "/", replace: true });
  }
  return (
    <Card title={title}>
      <form
        className="sign-in-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!attempt.isPending) attempt.mutate(new FormData(event.currentTarget));
        }}
      >
        {attempt.isError ? <ProblemNotice problem={asProblem(attempt.error)} /> : null}
        {children}
        <SecretField
          label="Password"
          name="password"
          autoComplete={newPassword ? "new-password" : "current-password"}
          hint={newPassword ? "12 characters or more." : undefined}
        />
        <button type="submit" className="button primary" disabled={attempt.isPending}>
          {button}
        </button>
      </form>
    </Card>
  );
}

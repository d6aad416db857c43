/** The second step of signing in: a code of the authenticator, which may have to be set up first. */
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { asProblem } from "../api/problem";
import { Code } from "../ui/Code";
import { textOf } from "../ui/Field";
import { ProblemNotice } from "../ui/ProblemNotice";
import { Card, SecretField } from "./Card";
import { enter, type Identity, makeSecondFactor, showCode, type TotpSeed } from "./people";

interface SecondFactorProps {
  identity: Identity;
  password: string;
  /** What follows; the sign-in page goes on by itself. */
  onDone?: () => void;
}

export function SecondFactor({ identity, password, onDone }: SecondFactorProps) {
  const [seed, setSeed] = useState<TotpSeed | null>(null);
  const enrolment = identity.session?.second_factor === "enrolment";
  if (enrolment && seed === null) {
    return <Enrolment identity={identity} password={password} onSeed={setSeed} />;
  }
  return (
    <Card title="Second factor">
      {seed === null ? null : (
        <>
          <p>Add this secret to your authenticator app. It is shown only now.</p>
          <Code text={seed.secret ?? ""} what="secret" />
          <a href={seed.url}>Open in an authenticator on this device</a>
        </>
      )}
      <CodeForm identity={identity} onDone={onDone} />
    </Card>
  );
}

interface EnrolmentProps {
  identity: Identity;
  password: string;
  onSeed: (seed: TotpSeed) => void;
}

function Enrolment({ identity, password, onSeed }: EnrolmentProps) {
  const make = useMutation<TotpSeed, unknown, string>({
    gcTime: 0,
    mutationFn: (given) => makeSecondFactor(identity, given),
    onSuccess: onSeed,
  });
  return (
    <Card title="Set up a second factor">
      <p>Whoever administers the platform needs an authenticator app beside the password.</p>
      <form
        className="sign-in-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          const given = new FormData(event.currentTarget).get("password");
          make.mutate(typeof given === "string" ? given : password);
        }}
      >
        {make.isError ? <ProblemNotice problem={asProblem(make.error)} /> : null}
        {password === "" ? (
          <SecretField
            label="Password"
            name="password"
            autoComplete="current-password"
            hint="Leave it empty if you signed in with an identity provider."
          />
        ) : null}
        <button type="submit" className="button primary" disabled={make.isPending}>
          Set up
        </button>
      </form>
    </Card>
  );
}

interface CodeFormProps {
  identity: Identity;
  onDone: (() => void) | undefined;
}

function CodeForm({ identity, onDone }: CodeFormProps) {
  const show = useMutation<Identity, unknown, string>({
    gcTime: 0,
    mutationFn: (code) => showCode(identity, code),
    onSuccess: (complete) => {
      if (enter(complete)) onDone?.();
    },
  });
  return (
    <form
      className="sign-in-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const code = textOf(new FormData(event.currentTarget), "code");
        if (code !== undefined && !show.isPending) show.mutate(code);
      }}
    >
      {show.isError ? <ProblemNotice problem={asProblem(show.error)} /> : null}
      <SecretField label="Code" name="code" autoComplete="one-time-code" />
      <button type="submit" className="button primary" disabled={show.isPending}>
        Continue
      </button>
    </form>
  );
}
